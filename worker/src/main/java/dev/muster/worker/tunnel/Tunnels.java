package dev.muster.worker.tunnel;

import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply;
import dev.muster.protocol.question.Reply.Refusal;
import dev.muster.protocol.question.TunnelState;
import dev.muster.worker.agent.Programs;
import dev.muster.worker.terminal.TerminalSpec;
import dev.muster.worker.terminal.Terminals;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The tunnels of this daemon, one for each running attempt at most. Thread-safe. */
public final class Tunnels implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Tunnels.class);

    /** Of tunnels that are over, so many are remembered. */
    private static final int MOST_REMEMBERED = 500;

    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final Terminals terminals;
    private final TunnelTemplates templates;
    private final TunnelLimits limits;

    // guarded by this, all three
    private final Map<UUID, Tunnel> tunnels = new LinkedHashMap<>();
    // of tunnels that never were, since they were stopped first
    private final Set<UUID> barred = new LinkedHashSet<>();
    private final Map<Place, Site> sites = new HashMap<>();

    private record Place(long task, int attempt) {}

    public Tunnels(Terminals terminals, TunnelTemplates templates, TunnelLimits limits) {
        this.terminals = terminals;
        this.templates = templates;
        this.limits = limits;
    }

    /**
     * An attempt runs: from now on there may be a tunnel for it.
     *
     * @param specs what a tunnel's terminal is opened with; a new one each time
     */
    public synchronized Site open(LeaseRef lease, Supplier<TerminalSpec> specs) {
        var place = new Place(lease.task(), lease.attempt());
        var site = new Site(place, specs);
        sites.put(place, site);
        return site;
    }

    /** For as long as it is open there may be a tunnel, which ends with it. */
    public final class Site implements AutoCloseable {

        private final Place place;
        private final Supplier<TerminalSpec> specs;
        // guarded by the tunnels
        private @Nullable Tunnel tunnel;

        private Site(Place place, Supplier<TerminalSpec> specs) {
            this.place = place;
            this.specs = specs;
        }

        /**
         * Closes it, and waits until nothing of its tunnel is alive.
         *
         * @return false if something still is after as long as a kill may take
         */
        public boolean closeAndAwait() throws InterruptedException {
            end();
            var ending = tunnel();
            return ending.isEmpty() || ending.get().awaitOver(PATIENCE);
        }

        private Optional<Tunnel> tunnel() {
            synchronized (Tunnels.this) {
                return Optional.ofNullable(tunnel);
            }
        }

        @Override
        public void close() {
            end();
        }

        /** From now on there is no tunnel, but for what is alive of one that was told to end. */
        public void end() {
            synchronized (Tunnels.this) {
                sites.remove(place, this);
                if (tunnel != null) {
                    tunnel.close("attempt_over");
                }
            }
        }
    }

    /** Starts a tunnel, unless it was started or stopped. */
    public synchronized Reply start(Question.StartTunnel asked) {
        var known = tunnels.get(asked.tunnel());
        if (known != null) {
            return known.reply();
        }
        if (barred.contains(asked.tunnel())) {
            return stopped(asked.template());
        }
        var site = sites.get(new Place(asked.task(), asked.attempt()));
        if (site == null) {
            return new Reply.Refused(
                    Refusal.NOT_RUNNING, "No attempt of the task runs on its machine now.");
        }
        if (asked.template() == null) {
            return startFirst(asked, site);
        }
        var template = templates.find(asked.template());
        return template.isEmpty()
                ? new Reply.Refused(
                        Refusal.UNKNOWN_TEMPLATE,
                        "The machine has no tunnel template "
                                + asked.template()
                                + "; it has "
                                + names()
                                + ".")
                : Programs.find(template.get().program())
                        .<Reply>map(program -> start(asked, site, template.get(), program))
                        .orElseGet(
                                () ->
                                        missing(
                                                "The program "
                                                        + template.get().program()
                                                        + " is not"));
    }

    private Reply startFirst(Question.StartTunnel asked, Site site) {
        for (var template : templates.all()) {
            var program = Programs.find(template.program());
            if (program.isPresent()) {
                return start(asked, site, template, program.get());
            }
        }
        return missing("None of the programs " + programs() + " is");
    }

    private String names() {
        return templates.all().stream().map(TunnelTemplate::name).collect(Collectors.joining(", "));
    }

    private String programs() {
        return templates.all().stream()
                .map(TunnelTemplate::program)
                .collect(Collectors.joining(", "));
    }

    private static Reply missing(String what) {
        return new Reply.Refused(
                Refusal.PROGRAM_MISSING, what + " installed on the task's machine.");
    }

    private Reply start(
            Question.StartTunnel asked, Site site, TunnelTemplate template, Path program) {
        if (site.tunnel != null) {
            site.tunnel.close("replaced");
        }
        var plan = new Tunnel.Plan(template, program, asked.task(), site.specs);
        var life = Duration.ofSeconds(asked.lifeSeconds());
        var tunnel = new Tunnel(asked.tunnel(), plan, terminals, limits, life);
        site.tunnel = tunnel;
        remember(asked.tunnel(), tunnel);
        tunnel.start();
        log.info(
                "tunnel started task={} tunnel={} template={}",
                asked.task(),
                asked.tunnel(),
                template.name());
        return tunnel.reply();
    }

    private void remember(UUID id, Tunnel tunnel) {
        tunnels.put(id, tunnel);
        var oldest = tunnels.values().iterator();
        while (tunnels.size() > MOST_REMEMBERED && oldest.hasNext()) {
            if (oldest.next().isOver()) {
                oldest.remove();
            }
        }
    }

    private static Reply stopped(@Nullable String template) {
        return new Reply.Tunnel(
                TunnelState.CLOSED, template == null ? "" : template, null, 0, "stopped", null, 0);
    }

    /** Ends a tunnel, and answers once it is over or soon anyway. */
    public Reply stop(Question.StopTunnel asked) throws InterruptedException {
        Tunnel known;
        synchronized (this) {
            known = tunnels.get(asked.tunnel());
            if (known == null) {
                bar(asked.tunnel());
                return stopped(null);
            }
        }
        known.close("stopped");
        var _ = known.awaitOver(Duration.ofSeconds(7));
        return known.reply();
    }

    // called with this held
    private void bar(UUID id) {
        barred.add(id);
        if (barred.size() > MOST_REMEMBERED) {
            barred.remove(barred.iterator().next());
        }
    }

    public synchronized Reply status(Question.TunnelStatus asked) {
        var known = tunnels.get(asked.tunnel());
        if (known != null) {
            return known.reply();
        }
        return barred.contains(asked.tunnel())
                ? stopped(null)
                : new Reply.Refused(Refusal.UNKNOWN_TUNNEL, "The machine knows no such tunnel.");
    }

    /** Ends all of them. Returns at once: the sweeper sees to what is left. */
    @Override
    public synchronized void close() {
        sites.clear();
        tunnels.values().forEach(tunnel -> tunnel.close("worker_stopped"));
    }
}
