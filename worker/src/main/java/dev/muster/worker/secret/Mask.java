package dev.muster.worker.secret;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Confidential;
import dev.muster.protocol.message.Provision;
import dev.muster.protocol.secret.Automaton;
import dev.muster.protocol.secret.Needles;
import dev.muster.worker.terminal.TerminalOutput;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** What an attempt must not show. Thread-safe. */
public final class Mask {

    private final @Nullable Automaton needles; // null if there is nothing to hide
    private final List<String> unmasked;

    private Mask(Map<String, Confidential> secrets) {
        var all = new LinkedHashSet<String>();
        var tooShort = new TreeSet<String>();
        secrets.forEach(
                (name, secret) -> {
                    var found = Needles.of(secret.value());
                    all.addAll(found);
                    if (found.isEmpty()) {
                        tooShort.add(name);
                    }
                });
        this.needles = all.isEmpty() ? null : new Automaton(all);
        this.unmasked = List.copyOf(tooShort);
    }

    /** Of all that a project confides to an attempt. */
    public static Mask of(Provision provision) {
        var secrets = new HashMap<>(provision.secrets());
        var gitToken = provision.gitToken();
        if (gitToken != null) {
            secrets.put("git-token", gitToken.token());
        }
        return new Mask(secrets);
    }

    /** Names of secrets that are too short to be masked. */
    public List<String> unmasked() {
        return unmasked;
    }

    /** Masks what is on its way to {@code output}; to be closed when nothing more comes. */
    public MaskedOutput over(TerminalOutput output) {
        return needles == null
                ? MaskedOutput.passing(output)
                : MaskedOutput.masking(needles, output);
    }

    /** A text as people may see it. */
    public String text(String text) {
        if (needles == null) {
            return text;
        }
        var shown = new ByteArrayOutputStream();
        var masker = new Masker(needles, shown::write);
        try {
            var bytes = text.getBytes(UTF_8);
            masker.feed(bytes, 0, bytes.length);
            masker.endCut();
        } catch (IOException e) {
            throw new UncheckedIOException("bytes in memory can be written", e);
        }
        return shown.toString(UTF_8);
    }
}
