package dev.muster.ops.client;

/** An enrolled machine. */
public record Machine(String id, String name, String status, int slots, int busy) {
    public boolean isOnline() {
        return status.equals("online");
    }
}
