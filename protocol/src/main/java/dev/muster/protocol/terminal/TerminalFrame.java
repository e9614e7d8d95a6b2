package dev.muster.protocol.terminal;

/**
 * One binary message on a terminal's socket: a byte that says which, then what belongs to it.
 * Numbers are unsigned, most significant byte first. Arrays are not copied.
 */
public sealed interface TerminalFrame {

    /** To a viewer, from a coordinator. */
    sealed interface ToViewer extends TerminalFrame {}

    /** From a viewer, to a coordinator. */
    sealed interface FromViewer extends TerminalFrame {}

    /** From the worker that has the terminal, to a coordinator. */
    sealed interface FromWorker extends TerminalFrame {}

    /** To that worker. */
    sealed interface ToWorker extends TerminalFrame {}

    /** The first one after the authentication, from either source: a JSON object. */
    record Hello(String json) implements ToViewer, FromWorker {}

    /** What the terminal printed from {@code offset} on. */
    record Output(long offset, byte[] bytes) implements ToViewer, FromWorker {}

    /**
     * What was printed from {@code from} up to {@code to} is not sent: the viewer was too far
     * behind, or it is not kept.
     */
    record Skipped(long from, long to) implements ToViewer {}

    /** Output up to {@code to} was printed before the viewer came: no answers to it are wanted. */
    record Replay(long from, long to) implements ToViewer {}

    /** The replay has been sent. */
    record ReplayEnd(long at) implements ToViewer {}

    /** Who is here and who types, and whether this viewer does: a JSON object. */
    record People(String json) implements ToViewer {}

    /** How large the terminal is now. */
    record Size(int columns, int rows) implements ToViewer, FromViewer, FromWorker {
        public Size {
            requireSize(columns, rows);
        }
    }

    /** Whether the machine that has the terminal can be reached: a JSON object. */
    record Line(String json) implements ToViewer {}

    /** Nothing is printed after {@code at}, and all before was sent. */
    record Exit(long at) implements ToViewer, FromWorker {}

    /** Older output that was asked for. */
    record History(long offset, byte[] bytes) implements ToViewer {}

    /** What was printed from {@code from} up to {@code to} was asked for, and is not kept. */
    record NotKept(long from, long to) implements ToViewer {}

    /** Keys. */
    record Input(byte[] bytes) implements FromViewer {}

    /** The viewer wants to be the one who types, whoever does now. */
    record Take() implements FromViewer {}

    /** The viewer types no more. */
    record Release() implements FromViewer {}

    /** The viewer wants older output again. */
    record Want(long from, int length) implements FromViewer {}

    /** The viewer has shown everything before {@code offset}. */
    record Seen(long offset) implements FromViewer {}

    /** Send output from {@code offset} on, or from the first that there still is. */
    record From(long offset) implements ToWorker {}

    /**
     * Keys of whoever has control.
     *
     * @param epoch which holder of the control; those of an earlier one than the latest heard of
     *     are dropped
     */
    record Keys(long epoch, byte[] bytes) implements ToWorker {}

    /** Whoever has control wants the terminal that large. */
    record Resize(long epoch, int columns, int rows) implements ToWorker {
        public Resize {
            requireSize(columns, rows);
        }
    }

    /** Somebody else has control from now on. */
    record Control(long epoch) implements ToWorker {}

    /** The most that a terminal has of either. */
    int MOST_CELLS = 1000;

    private static void requireSize(int columns, int rows) {
        if (columns < 1 || rows < 1 || columns > MOST_CELLS || rows > MOST_CELLS) {
            throw new IllegalArgumentException("A terminal has 1 to 1000 columns and rows");
        }
    }
}
