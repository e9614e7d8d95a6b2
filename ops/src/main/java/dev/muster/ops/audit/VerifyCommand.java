package dev.muster.ops.audit;

import dev.muster.coordinator.account.MasterKey;
import dev.muster.coordinator.audit.AuditLog;
import dev.muster.coordinator.audit.Chain;
import dev.muster.coordinator.audit.Head;
import dev.muster.coordinator.audit.Heads;
import dev.muster.coordinator.config.DatabaseConfig;
import dev.muster.coordinator.db.DatabaseFailure;
import dev.muster.coordinator.db.EmbeddedPostgres;
import dev.muster.ops.config.CoordinatorSettings;
import dev.muster.ops.config.Values;
import dev.muster.ops.daemon.Parts;
import dev.muster.ops.daemon.SettingFlags;
import dev.muster.ops.terminal.Complaint;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;

/** {@code muster audit verify}: walks the log and names the first entry that was tampered with. */
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = {
            "Checks that every entry of the audit log is what it was when it was sealed, and that"
                    + " none is missing.",
            "Reads the master key and the database, so it is for whoever runs the coordinator, on"
                    + " its machine;",
            "the coordinator may run meanwhile."
        },
        sortOptions = false,
        footer = {
            "",
            "That the newest entries are missing shows by DIR/audit-heads, which a coordinator",
            "keeps. Whoever can write there as well can hide it: compare with a head that you keep",
            "elsewhere. A coordinator logs one each hour: 'audit log head=SEQ:MAC'.",
            "",
            "Examples:",
            "  muster audit verify",
            "  muster audit verify --data /srv/muster --output json",
            "  muster audit verify --head 1207:6b86b273ff34fce19d6b804eff5a3f57...",
            "",
            "Exit codes: 0 whole, 1 could not be checked, 2 asked wrongly, 3 not whole."
        })
final class VerifyCommand implements Callable<Integer> {

    private static final int WHOLE = 0;
    private static final int NOT_WHOLE = 3;
    private static final long TOLD_EVERY = 100_000;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "The coordinator's data directory. Default: ~/.muster.")
    private @Nullable String data;

    @Option(
            names = "--database-url",
            paramLabel = "URL",
            description = "Its PostgreSQL, if that is not in DIR.")
    private @Nullable String databaseUrl;

    @Option(
            names = "--head",
            paramLabel = "SEQ:MAC",
            description = "A head that was seen before; may be repeated.")
    private List<String> seen = List.of();

    @Option(
            names = "--output",
            paramLabel = "FORM",
            defaultValue = "text",
            description = "text or json. Default: text.")
    private Output output = Output.text;

    @Spec private @Nullable CommandSpec spec;

    /** As it is typed. */
    @SuppressWarnings("MemberName")
    enum Output {
        text,
        json
    }

    @Override
    public Integer call() throws IOException {
        var heads = new ArrayList<Head>();
        for (var text : seen) {
            heads.add(Head.parse(text).orElseThrow(() -> wrong("'" + text + "' is no SEQ:MAC")));
        }
        var values = SettingFlags.read(given(), CoordinatorSettings.ALL, "coordinator");
        var home = values.get(CoordinatorSettings.DATA);
        var chain = new Chain(key(home).derive(Chain.PURPOSE, Chain.ALGORITHM));
        var err = command().commandLine().getErr();
        // before the log itself: it may only have grown since
        heads.addAll(kept(new Heads(home), err));
        var parts = new Parts();
        try {
            var log = parts.own(AuditLog.in(database(values, home, parts)));
            var finding = log.verify(chain, heads, new Progress(err)::at);
            var verdict = new Verdict(finding, heads.size(), log.unsealed());
            var out = command().commandLine().getOut();
            out.println(output == Output.json ? verdict.json() : verdict.text());
            out.flush();
            return finding.fault().isEmpty() ? WHOLE : NOT_WHOLE;
        } catch (DatabaseFailure e) {
            throw new Complaint("the audit log cannot be read: " + e.getMessage(), e);
        } finally {
            parts.close();
        }
    }

    private CommandSpec command() {
        return Objects.requireNonNull(spec);
    }

    private ParameterException wrong(String sentence) {
        return new ParameterException(command().commandLine(), sentence);
    }

    private Map<String, String> given() {
        var flags = new HashMap<String, String>();
        if (data != null) {
            flags.put(CoordinatorSettings.DATA.name(), data);
        }
        if (databaseUrl != null) {
            flags.put(CoordinatorSettings.DATABASE_URL.name(), databaseUrl);
        }
        return flags;
    }

    /** Never makes one: it would fit nothing. */
    private static MasterKey key(Path home) {
        if (!Files.exists(home.resolve("master.key"))) {
            throw new Complaint(
                    "there is no master.key in " + home + "; name the data directory with --data");
        }
        try {
            return MasterKey.open(home);
        } catch (IllegalStateException e) {
            throw new Complaint(String.valueOf(e.getMessage()), e);
        }
    }

    private static List<Head> kept(Heads heads, PrintWriter err) throws IOException {
        if (!heads.exist()) {
            err.println(
                    "muster: there is no %s, so nobody can tell whether the newest entries are missing"
                            .formatted(heads.file()));
            return List.of();
        }
        var read = heads.read();
        if (read.unreadable() > 0) {
            err.println(
                    "muster: %d lines of %s are not understood and left out"
                            .formatted(read.unreadable(), heads.file()));
        }
        return read.heads();
    }

    private static DatabaseConfig database(Values values, Path home, Parts parts)
            throws IOException {
        var elsewhere = CoordinatorSettings.database(values);
        if (elsewhere.isPresent()) {
            return elsewhere.get();
        }
        var own = home.resolve("postgres");
        if (!Files.isDirectory(own)) {
            throw new Complaint(
                    "there is no database in " + home + "; name its server with --database-url");
        }
        return EmbeddedPostgres.running(own)
                .orElseGet(
                        () -> {
                            var postgres = parts.own(EmbeddedPostgres.in(own));
                            postgres.start();
                            return postgres.config();
                        });
    }

    /** Says now and then how far it is. */
    private static final class Progress {
        private final PrintWriter err;
        private long next = TOLD_EVERY;

        Progress(PrintWriter err) {
            this.err = err;
        }

        void at(long seq) {
            if (seq >= next) {
                err.println("muster: checked " + seq + " entries");
                err.flush();
                next = seq - seq % TOLD_EVERY + TOLD_EVERY;
            }
        }
    }
}
