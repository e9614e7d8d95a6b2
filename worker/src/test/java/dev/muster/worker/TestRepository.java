package dev.muster.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A repository to work on. */
final class TestRepository {

    private TestRepository() {}

    /** Makes one with a commit on {@code main}. */
    static Path make(Path at) throws Exception {
        var script =
                "git init -q -b main $0 && cd $0 && echo one > readme.txt && git add -A && git -c"
                        + " user.name=A -c user.email=a@example.org commit -q -m first";
        var process =
                new ProcessBuilder("/bin/sh", "-c", script, at.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        return at;
    }
}
