package dev.muster.protocol.git;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RepositoryUrlTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://github.com/a/b.git",
                "https://git.example.com:8443/a/b/",
                "https://dev.azure.com/org/My%20Project/_git/r",
                "https://10.0.0.7/a/b",
                "https://[fd00::7]:8443/a/b"
            })
    void takesHttps(String text) {
        assertThat(RepositoryUrl.parse(text)).isEqualTo(new RepositoryUrl.Https(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ssh://git@host.example/a/b.git",
                "ssh://host:2222/~me/b",
                "git@github.com:a/b.git",
                "me_2@build-1:/srv/git/a.git"
            })
    void takesSshInBothWaysOfWritingIt(String text) {
        assertThat(RepositoryUrl.parse(text)).isEqualTo(new RepositoryUrl.Ssh(text));
    }

    @Test
    void takesAnAbsolutePathAlsoAsAFileAddress() {
        assertThat(RepositoryUrl.parse("file:///srv/a b/größe.git"))
                .isEqualTo(RepositoryUrl.parse("/srv/a b/größe.git/"))
                .isEqualTo(new RepositoryUrl.Local("/srv/a b/größe.git"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "-",
                "--upload-pack=x",
                "host:path",
                "a/b",
                "~/a",
                "./a",
                "../a",
                "/",
                "//a",
                "/a//b",
                "/a/../b",
                "/a/./b",
                "/-a",
                "/a\nb",
                "/a\u202eb",
                "/a\u0000",
                "file://host/a",
                "file:///a%2fb",
                "file:/a",
                "FILE:///a",
                "HTTPS://h/a",
                "http://h/a",
                "git://h/a",
                "ftp://h/a",
                "ext::sh -c x",
                "ext::x",
                "fd::7",
                "a@ext::x",
                "https::x",
                "https://",
                "https://h",
                "https://h/",
                "https:///a",
                "https://-h/a",
                "https://h-/a",
                "https://h/-a",
                "https://h/%2da",
                "https://h/..",
                "https://h/%2e%2e/a",
                "https://h/a%2fb",
                "https://h/a%00",
                "https://h/a%0a",
                "https://h/a%",
                "https://h/a%zz",
                "https://h/a%ff",
                "https://h/a b",
                "https://h/a?b",
                "https://h/a#b",
                "https://h/a;b",
                "https://h/$(a)",
                "https://h/`a`",
                "https://h/a//b",
                "https://h:0/a",
                "https://h:99999/a",
                "https://h:/a",
                "https://h:x/a",
                "https://u@h/a",
                "https://u:p@h/a",
                "https://@h/a",
                "https://h\\@i/a",
                "https://h%00/a",
                "https://ü.example/a",
                "https://2130706433/a",
                "https://0x7f000001/a",
                "https://0177.0.0.1/a",
                "https://127.1/a",
                "https://1.2.3.999/a",
                "https://169.254.169.254/a",
                "https://0.0.0.0/a",
                "https://[fe80::1]/a",
                "https://[::ffff:169.254.169.254]/a",
                "https://[::]/a",
                "https://[::g]/a",
                "https://[fe80::1%25eth0]/a",
                "https://224.0.0.1/a",
                "ssh://-oProxyCommand=x/a",
                "ssh://%2doProxyCommand=x/a",
                "ssh://-u@h/a",
                "ssh://u:p@h/a",
                "ssh://h/-a",
                "ssh://h/'a'",
                "ssh://u@v@h/a",
                "ssh://h",
                "-oProxyCommand=x@h:a",
                "git@-oProxyCommand=x:a",
                "git@h:-a",
                "git@h:",
                "git@:a",
                "git@h::a",
                "git@h:a b",
                "git@h:a%20b",
                "git@h:../a",
                "git@169.254.169.254:a"
            })
    void refusesEverythingElse(String text) {
        assertThat(RepositoryUrl.faultIn(text))
                .hasValueSatisfying(
                        fault -> {
                            assertThat(fault.code()).isEqualTo("invalid_repository_url");
                            assertThat(fault.message()).startsWith("The repository address");
                        });
    }

    @Test
    void neverRepeatsAPassword() {
        for (var text :
                new String[] {
                    "https://u:hunter2@h/a",
                    "https://hunter2@h/a",
                    "ssh://u:hunter2@h/a",
                    "http://u:hunter2@h/a",
                    "u:hunter2@h:a",
                    "https://u:hunter2@h/a@b?"
                }) {
            assertThat(RepositoryUrl.faultIn(text).orElseThrow().message())
                    .doesNotContain("hunter2");
        }
    }

    @Test
    void isBounded() {
        assertThat(RepositoryUrl.faultIn("https://h/" + "a".repeat(1990))).isEmpty();
        assertThat(RepositoryUrl.faultIn("https://h/" + "a".repeat(1991))).isPresent();
    }

    @Property(tries = 5000, seed = "20265")
    void anAcceptedAddressBeginsAsExpectedAndHoldsNothingThatActs(
            @ForAll("starts") String start,
            @ForAll @StringLength(max = 14) @CharRange(from = 0, to = 0x17f) String rest) {
        var text = start + rest;
        if (RepositoryUrl.faultIn(text).isPresent()) {
            return;
        }
        var accepted = RepositoryUrl.parse(text).text();
        assertThat(accepted).matches("(?s)(https://|ssh://|/|[A-Za-z0-9_][A-Za-z0-9._-]*@).+");
        assertThat(accepted).doesNotContain("/-", "/../");
        if (!accepted.startsWith("/")) {
            // in the name of a local directory these mean nothing to git
            assertThat(accepted).doesNotContain("@-", ":-", "::");
        }
        assertThat(accepted.codePoints()).noneMatch(Quoted::acts);
    }

    @Provide
    Arbitrary<String> starts() {
        return Arbitraries.of("", "https://h", "ssh://", "git@h:", "/");
    }
}
