package dev.muster.worker.run;

import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.worker.secret.Mask;

import java.time.Duration;
import java.util.Optional;

/** What an attempt tells, without its secrets: agents and programs have a part in those texts. */
record MaskedContext(RunContext context, Mask mask) implements RunContext {

    private static final int LONGEST_DETAIL = 2_000;

    @Override
    public LeaseRef lease() {
        return context.lease();
    }

    @Override
    public long elapsedMillis() {
        return context.elapsedMillis();
    }

    @Override
    public void report(Fact fact) {
        context.report(masked(fact));
    }

    private Fact masked(Fact fact) {
        return switch (fact) {
            case Fact.Failed(var at, var reason, var detail, var work) ->
                    new Fact.Failed(at, reason, shortened(mask.text(detail)), work);
            case Fact.AgentAsked(var at, var stage, var name, var message) ->
                    new Fact.AgentAsked(at, stage, name, mask.text(message));
            case Fact.GateOpened _, Fact.StageStarted _, Fact.StageEnded _, Fact.Succeeded _ ->
                    fact;
        };
    }

    /** Only after it was masked: half a secret is none that would be found. */
    private static String shortened(String detail) {
        return detail.length() > LONGEST_DETAIL ? detail.substring(0, LONGEST_DETAIL) : detail;
    }

    @Override
    public void begin(Fact.StageStarted first) throws InterruptedException {
        context.begin(first);
    }

    @Override
    public void finished() {
        context.finished();
    }

    @Override
    public void pause(Duration duration) throws InterruptedException {
        context.pause(duration);
    }

    @Override
    public String ask(Fact.GateOpened question) throws InterruptedException {
        return context.ask(question);
    }

    @Override
    public Optional<Duration> mostGrace() {
        return context.mostGrace();
    }

    @Override
    public boolean isRevoked() {
        return context.isRevoked();
    }

    @Override
    public void leaseIsGone() {
        context.leaseIsGone();
    }
}
