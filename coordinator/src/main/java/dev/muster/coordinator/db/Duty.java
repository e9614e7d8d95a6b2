package dev.muster.coordinator.db;

/** Work that comes round again and again, and that one coordinator at a time does for all. */
public enum Duty {
    /** Looking for machines that are silent and for leases that are over. */
    LEASE_SWEEP(1),
    /** Looking for tasks that no machine could ever run. */
    UNRUNNABLE_TASKS(2),
    /** Looking for gates that nobody answered in time. */
    GATE_SWEEP(3),
    /** Giving audit entries their place in the log. */
    AUDIT_SEALING(4);

    /** Keeps our advisory locks apart from those of other programs. */
    private static final long OURS = 0x6d75_7374_0000_0000L;

    private final int number;

    Duty(int number) {
        this.number = number;
    }

    /** Names the advisory lock. */
    long key() {
        return OURS + number;
    }
}
