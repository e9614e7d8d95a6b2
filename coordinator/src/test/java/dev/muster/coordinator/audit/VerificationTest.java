package dev.muster.coordinator.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.audit.Entry.Sealed;
import dev.muster.coordinator.audit.Fault.How;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class VerificationTest {

    private static final int ENTRIES = 10;

    private static final List<Sealed> SEALED = Logs.sealed(ENTRIES);
    private static final List<Head> HEADS =
            List.of(SEALED.get(3).seal(), SEALED.get(6).seal(), SEALED.get(9).seal());

    private static List<Sealed> log() {
        return new ArrayList<>(SEALED);
    }

    private static Sealed edited(Sealed one) {
        var was = one.entry();
        return new Sealed(
                new Entry(
                        was.id(),
                        was.at(),
                        was.by(),
                        was.action(),
                        was.target(),
                        "denied",
                        was.data()),
                one.seal());
    }

    /** With another number, its seal otherwise as it was. */
    private static Sealed at(long seq, Sealed one) {
        return new Sealed(one.entry(), new Head(seq, one.seal().mac()));
    }

    private static void assertFault(List<Sealed> log, long seq, How how) {
        var fault = Logs.verify(log, HEADS).fault().orElseThrow();
        assertThat(fault.how()).as(fault.sentence()).isEqualTo(how);
        assertThat(fault.seq()).as(fault.sentence()).isEqualTo(seq);
        assertThat(fault.sentence()).contains(Long.toString(seq));
    }

    @Test
    void aLogThatNobodyTouchedIsWhole() {
        var log = log();
        var finding = Logs.verify(log, HEADS);

        assertThat(finding.fault()).isEmpty();
        assertThat(finding.head()).isEqualTo(log.getLast().seal());
        assertThat(Logs.verify(List.of(), List.of()).fault()).isEmpty();
        assertThat(Logs.verify(List.of(), List.of()).head().seq()).isZero();
    }

    @Property(tries = 50)
    void whatIsEditedIsNamed(@ForAll @IntRange(min = 1, max = ENTRIES) int seq) {
        var log = log();
        log.set(seq - 1, edited(log.get(seq - 1)));

        assertFault(log, seq, How.EDITED);
    }

    @Property(tries = 50)
    void whatIsDeletedIsNamed(@ForAll @IntRange(min = 1, max = ENTRIES - 1) int seq) {
        var log = log();
        log.remove(seq - 1);

        assertFault(log, seq, How.DELETED);
    }

    @Property(tries = 100)
    void twoThatChangedPlacesAreNamedWhetherTheirSealsWentWithThemOrNot(
            @ForAll @IntRange(min = 1, max = ENTRIES) int one,
            @ForAll @IntRange(min = 1, max = ENTRIES) int other,
            @ForAll boolean withSeals) {
        var log = log();
        if (one == other) {
            return;
        }
        var first = log.get(one - 1);
        var second = log.get(other - 1);
        log.set(one - 1, withSeals ? at(one, second) : new Sealed(second.entry(), first.seal()));
        log.set(other - 1, withSeals ? at(other, first) : new Sealed(first.entry(), second.seal()));

        assertFault(log, Math.min(one, other), How.REORDERED);
    }

    @Property(tries = 50)
    void aCutOffEndIsNamed(@ForAll @IntRange(min = 0, max = ENTRIES - 1) int left) {
        var log = log();
        log.subList(left, ENTRIES).clear();

        assertFault(log, left + 1, How.TRUNCATED);
    }

    @Test
    void anEndThatWasCutOffAndGrewAnewIsNamed() {
        var log = log();
        log.subList(7, ENTRIES).clear();
        for (int i = 20; i < 30; i++) {
            var head = Logs.CHAIN.next(log.getLast().seal(), Logs.entry(i));
            log.add(new Sealed(Logs.entry(i), head));
        }

        assertFault(log, 10, How.TRUNCATED);
        assertThat(Logs.verify(log, HEADS).fault().orElseThrow().sentence()).contains("entry 7");
    }

    @Property(tries = 50)
    void whatIsSealedWithAnotherKeyIsNamed(@ForAll @IntRange(min = 1, max = ENTRIES + 1) int seq) {
        var log = log();
        var before = seq == 1 ? Head.BEGINNING : log.get(seq - 2).seal();
        var forged = new Sealed(Logs.entry(99), Logs.OTHER.next(before, Logs.entry(99)));
        if (seq > ENTRIES) {
            log.add(forged);
        } else {
            log.set(seq - 1, forged);
        }

        assertFault(log, seq, How.FORGED);
    }

    @Test
    void anEntryBeforeTheFirstOrBesideAnotherIsForged() {
        var log = log();
        log.add(at(0, log.getFirst()));
        assertFault(log, 0, How.FORGED);
    }

    @Test
    void anOlderHeadHidesNothingWhereANewerOneIsKnown() {
        var log = log();
        log.subList(4, ENTRIES).clear();

        var fooled = Logs.verify(log, List.of(HEADS.getFirst()));
        var told = Logs.verify(log, List.of(HEADS.getLast(), HEADS.getFirst()));

        assertThat(fooled.fault()).isEmpty();
        assertThat(told.fault().orElseThrow().how()).isEqualTo(How.TRUNCATED);
        assertThat(told.fault().orElseThrow().seq()).isEqualTo(5);
    }
}
