package dev.muster.coordinator.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.log.LogChain.Piece;

import io.vertx.core.buffer.Buffer;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.jspecify.annotations.Nullable;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** A log of which anything was changed is never found whole. */
class LogChainTest {

    @Property(tries = 200)
    void aLogIsWholeUntilSomethingIsChanged(
            @ForAll @Size(min = 2, max = 8) List<@IntRange(min = 1, max = 50) Integer> lengths,
            @ForAll long seed)
            throws NoSuchAlgorithmException {
        var random = new Random(seed);
        var log = log(lengths, random);
        long bytes = lengths.stream().mapToLong(Integer::longValue).sum();
        var last = log.getLast().link();
        assertThat(isWhole(log, bytes, last)).isTrue();

        int victim = random.nextInt(log.size());
        var piece = log.get(victim);
        assertThat(isWhole(with(log, victim, altered(piece, random)), bytes, last)).isFalse();
        var later = new Piece(piece.start(), piece.atMillis() + 1, piece.bytes(), piece.link(), 0);
        assertThat(isWhole(with(log, victim, later), bytes, last)).isFalse();
        var unlinked = new Piece(piece.start(), piece.atMillis(), piece.bytes(), null, 0);
        assertThat(isWhole(with(log, victim, unlinked), bytes, last)).isFalse();
        var without = new ArrayList<>(log);
        without.remove(victim);
        assertThat(isWhole(without, bytes, last)).isFalse();
        var shorter = log.subList(0, log.size() - 1);
        assertThat(isWhole(shorter, log.getLast().start(), last)).isFalse();
        var swapped = new ArrayList<>(log);
        Collections.swap(swapped, victim, (victim + 1) % log.size());
        assertThat(isWhole(swapped, bytes, last)).isFalse();

        var dropped = dropped(piece, piece.bytes().length());
        assertThat(isWhole(with(log, victim, dropped), bytes, last)).isTrue();
        var less = dropped(piece, piece.bytes().length() - 1);
        assertThat(isWhole(with(log, victim, less), bytes, last)).isFalse();
    }

    /** What stands for it, or says so of a part of it. */
    private static Piece dropped(Piece piece, long length) {
        return new Piece(piece.start(), piece.atMillis(), Buffer.buffer(), piece.link(), length);
    }

    private static boolean isWhole(List<Piece> log, long bytes, @Nullable Buffer last) {
        var chain = new LogChain();
        for (var piece : log) {
            if (chain.follow(piece).isPresent()) {
                return false;
            }
        }
        return last != null && chain.end(bytes, last).isEmpty();
    }

    private static List<Piece> with(List<Piece> log, int at, Piece other) {
        var changed = new ArrayList<>(log);
        changed.set(at, other);
        return changed;
    }

    private static Piece altered(Piece piece, Random random) {
        var bytes = piece.bytes().getBytes();
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        return new Piece(piece.start(), piece.atMillis(), Buffer.buffer(bytes), piece.link(), 0);
    }

    private static List<Piece> log(List<Integer> lengths, Random random)
            throws NoSuchAlgorithmException {
        var log = new ArrayList<Piece>();
        var link = new byte[32];
        long start = 0;
        long at = 0;
        for (int length : lengths) {
            var bytes = new byte[length];
            random.nextBytes(bytes);
            at += random.nextInt(3);
            var sha = MessageDigest.getInstance("SHA-256");
            sha.update(link);
            link = sha.digest(LogChain.digest(start, at, bytes, 0, length));
            log.add(new Piece(start, at, Buffer.buffer(bytes), Buffer.buffer(link), 0));
            start += length;
        }
        return log;
    }
}
