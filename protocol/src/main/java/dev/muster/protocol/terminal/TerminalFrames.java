package dev.muster.protocol.terminal;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.terminal.TerminalFrame.Control;
import dev.muster.protocol.terminal.TerminalFrame.Exit;
import dev.muster.protocol.terminal.TerminalFrame.From;
import dev.muster.protocol.terminal.TerminalFrame.Hello;
import dev.muster.protocol.terminal.TerminalFrame.History;
import dev.muster.protocol.terminal.TerminalFrame.Input;
import dev.muster.protocol.terminal.TerminalFrame.Keys;
import dev.muster.protocol.terminal.TerminalFrame.Line;
import dev.muster.protocol.terminal.TerminalFrame.NotKept;
import dev.muster.protocol.terminal.TerminalFrame.Output;
import dev.muster.protocol.terminal.TerminalFrame.People;
import dev.muster.protocol.terminal.TerminalFrame.Release;
import dev.muster.protocol.terminal.TerminalFrame.Replay;
import dev.muster.protocol.terminal.TerminalFrame.ReplayEnd;
import dev.muster.protocol.terminal.TerminalFrame.Resize;
import dev.muster.protocol.terminal.TerminalFrame.Seen;
import dev.muster.protocol.terminal.TerminalFrame.Size;
import dev.muster.protocol.terminal.TerminalFrame.Skipped;
import dev.muster.protocol.terminal.TerminalFrame.Take;
import dev.muster.protocol.terminal.TerminalFrame.Want;
import dev.muster.protocol.wire.WireException;

import java.nio.ByteBuffer;

/** Terminal frames as bytes. Thread-safe. */
public final class TerminalFrames {

    /** What stands before the bytes of {@link Output}: a kind and an offset. */
    public static final int OUTPUT_HEAD = 1 + Long.BYTES;

    private static final byte HELLO = 0x00;
    private static final byte OUTPUT = 0x01;
    private static final byte SKIPPED = 0x02;
    private static final byte REPLAY = 0x03;
    private static final byte REPLAY_END = 0x04;
    private static final byte PEOPLE = 0x05;
    private static final byte SIZE = 0x06;
    private static final byte LINE = 0x07;
    private static final byte EXIT = 0x08;
    private static final byte HISTORY = 0x09;
    private static final byte NOT_KEPT = 0x0a;
    private static final byte INPUT = 0x11;
    private static final byte TAKE = 0x12;
    private static final byte RELEASE = 0x13;
    private static final byte WANT = 0x14;
    private static final byte SEEN = 0x15;
    private static final byte FROM = 0x21;
    private static final byte KEYS = 0x22;
    private static final byte RESIZE = 0x23;
    private static final byte CONTROL = 0x24;

    private TerminalFrames() {}

    /** Writes {@code frame}. */
    public static byte[] encode(TerminalFrame frame) {
        return switch (frame) {
            case Hello(var json) -> text(HELLO, json);
            case Output(var offset, var bytes) -> bytes(OUTPUT, offset, bytes);
            case Skipped(var from, var to) -> numbers(SKIPPED, from, to);
            case Replay(var from, var to) -> numbers(REPLAY, from, to);
            case ReplayEnd(var at) -> numbers(REPLAY_END, at);
            case People(var json) -> text(PEOPLE, json);
            case Size(var columns, var rows) ->
                    head(SIZE, 4).putShort((short) columns).putShort((short) rows).array();
            case Line(var json) -> text(LINE, json);
            case Exit(var at) -> numbers(EXIT, at);
            case History(var offset, var bytes) -> bytes(HISTORY, offset, bytes);
            case NotKept(var from, var to) -> numbers(NOT_KEPT, from, to);
            case Input(var bytes) -> head(INPUT, bytes.length).put(bytes).array();
            case Take() -> new byte[] {TAKE};
            case Release() -> new byte[] {RELEASE};
            case Want(var from, var length) ->
                    head(WANT, Long.BYTES + 4).putLong(from).putInt(length).array();
            case Seen(var offset) -> numbers(SEEN, offset);
            case From(var offset) -> numbers(FROM, offset);
            case Keys(var epoch, var bytes) -> bytes(KEYS, epoch, bytes);
            case Resize(var epoch, var columns, var rows) ->
                    head(RESIZE, Long.BYTES + 4)
                            .putLong(epoch)
                            .putShort((short) columns)
                            .putShort((short) rows)
                            .array();
            case Control(var epoch) -> numbers(CONTROL, epoch);
        };
    }

    /** {@link Output} of a part of an array. */
    public static byte[] output(long offset, byte[] bytes, int from, int length) {
        return head(OUTPUT, Long.BYTES + length).putLong(offset).put(bytes, from, length).array();
    }

    /**
     * Whether a frame that begins with this byte is {@link Output}; the rest may still be wrong.
     */
    public static boolean isOutput(byte kind) {
        return kind == OUTPUT;
    }

    private static ByteBuffer head(byte kind, int more) {
        return ByteBuffer.allocate(1 + more).put(kind);
    }

    private static byte[] text(byte kind, String json) {
        var bytes = json.getBytes(UTF_8);
        return head(kind, bytes.length).put(bytes).array();
    }

    private static byte[] bytes(byte kind, long number, byte[] bytes) {
        return head(kind, Long.BYTES + bytes.length).putLong(number).put(bytes).array();
    }

    private static byte[] numbers(byte kind, long... numbers) {
        var written = new byte[1 + Long.BYTES * numbers.length];
        var buffer = ByteBuffer.wrap(written).put(kind);
        for (long number : numbers) {
            buffer.putLong(number);
        }
        return written;
    }

    /**
     * Reads a frame.
     *
     * @throws WireException if it is none that this version knows, or not as long as its kind is
     */
    public static TerminalFrame decode(byte[] bytes) {
        if (bytes.length == 0) {
            throw new WireException("A terminal's frame has at least one byte.");
        }
        var rest = ByteBuffer.wrap(bytes, 1, bytes.length - 1);
        return switch (bytes[0]) {
            case HELLO -> new Hello(text(rest));
            case OUTPUT -> new Output(offset(rest, 1), bytes(rest));
            case SKIPPED -> stretch(rest, Skipped::new);
            case REPLAY -> stretch(rest, Replay::new);
            case REPLAY_END -> new ReplayEnd(last(rest));
            case PEOPLE -> new People(text(rest));
            case SIZE -> {
                require(rest.remaining() == 4);
                yield size(rest, Size::new);
            }
            case LINE -> new Line(text(rest));
            case EXIT -> new Exit(last(rest));
            case HISTORY -> new History(offset(rest, 1), bytes(rest));
            case NOT_KEPT -> stretch(rest, NotKept::new);
            case INPUT -> new Input(bytes(rest));
            case TAKE -> {
                require(!rest.hasRemaining());
                yield new Take();
            }
            case RELEASE -> {
                require(!rest.hasRemaining());
                yield new Release();
            }
            case WANT -> {
                require(rest.remaining() == Long.BYTES + 4);
                yield new Want(offset(rest, 1), positive(rest.getInt()));
            }
            case SEEN -> new Seen(last(rest));
            case FROM -> new From(last(rest));
            case KEYS -> new Keys(offset(rest, 1), bytes(rest));
            case RESIZE -> {
                require(rest.remaining() == Long.BYTES + 4);
                long epoch = offset(rest, 1);
                yield size(rest, (columns, rows) -> new Resize(epoch, columns, rows));
            }
            case CONTROL -> new Control(last(rest));
            default ->
                    throw new WireException("A terminal's frame of a kind that is not known came.");
        };
    }

    private interface Stretch<T> {
        T of(long from, long to);
    }

    private static <T> T stretch(ByteBuffer rest, Stretch<T> kind) {
        long from = offset(rest, 2);
        return kind.of(from, last(rest));
    }

    private interface Sized<T> {
        T of(int columns, int rows);
    }

    private static <T> T size(ByteBuffer rest, Sized<T> sized) {
        int columns = Short.toUnsignedInt(rest.getShort());
        int rows = Short.toUnsignedInt(rest.getShort());
        try {
            return sized.of(columns, rows);
        } catch (IllegalArgumentException e) {
            throw new WireException(String.valueOf(e.getMessage()), e);
        }
    }

    private static String text(ByteBuffer rest) {
        return UTF_8.decode(rest).toString();
    }

    private static byte[] bytes(ByteBuffer rest) {
        var bytes = new byte[rest.remaining()];
        rest.get(bytes);
        return bytes;
    }

    /** A number, of at least so many that are left. */
    private static long offset(ByteBuffer rest, int numbers) {
        require(rest.remaining() >= (numbers == 1 ? Long.BYTES : numbers * Long.BYTES));
        long number = rest.getLong();
        require(number >= 0);
        return number;
    }

    private static long last(ByteBuffer rest) {
        require(rest.remaining() == Long.BYTES);
        return offset(rest, 1);
    }

    private static int positive(int number) {
        require(number > 0);
        return number;
    }

    private static void require(boolean holds) {
        if (!holds) {
            throw new WireException("A terminal's frame is not as long as its kind is.");
        }
    }
}
