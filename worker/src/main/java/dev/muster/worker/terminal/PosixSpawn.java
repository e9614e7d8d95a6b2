package dev.muster.worker.terminal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.muster.worker.process.Libc;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;

/** Starts programs on terminals, as glibc 2.34 and newer can. */
final class PosixSpawn {

    private static final short POSIX_SPAWN_SETSIGDEF = 0x04;
    private static final short POSIX_SPAWN_SETSIGMASK = 0x08;
    private static final short POSIX_SPAWN_SETSID = 0x80;
    private static final int MOST_OF_A_STRUCT = 512; // every posix_spawn struct of glibc is smaller

    private static final MethodHandle SIGEMPTYSET =
            LinuxCalls.call("sigemptyset", LinuxCalls.type(ADDRESS));
    private static final MethodHandle SIGFILLSET =
            LinuxCalls.call("sigfillset", LinuxCalls.type(ADDRESS));
    private static final MethodHandle SPAWN =
            LinuxCalls.call(
                    "posix_spawn",
                    LinuxCalls.type(ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    private static final MethodHandle ACTIONS =
            LinuxCalls.call("posix_spawn_file_actions_init", LinuxCalls.type(ADDRESS));
    private static final MethodHandle NO_ACTIONS =
            LinuxCalls.call("posix_spawn_file_actions_destroy", LinuxCalls.type(ADDRESS));
    private static final MethodHandle ADD_OPEN =
            LinuxCalls.call(
                    "posix_spawn_file_actions_addopen",
                    LinuxCalls.type(ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    private static final MethodHandle ADD_DUP2 =
            LinuxCalls.call(
                    "posix_spawn_file_actions_adddup2",
                    LinuxCalls.type(ADDRESS, JAVA_INT, JAVA_INT));
    private static final MethodHandle ADD_CHDIR =
            LinuxCalls.call(
                    "posix_spawn_file_actions_addchdir_np", LinuxCalls.type(ADDRESS, ADDRESS));
    private static final MethodHandle ADD_CLOSEFROM =
            LinuxCalls.call(
                    "posix_spawn_file_actions_addclosefrom_np", LinuxCalls.type(ADDRESS, JAVA_INT));
    private static final MethodHandle ATTRIBUTES =
            LinuxCalls.call("posix_spawnattr_init", LinuxCalls.type(ADDRESS));
    private static final MethodHandle SET_FLAGS =
            LinuxCalls.call("posix_spawnattr_setflags", LinuxCalls.type(ADDRESS, JAVA_SHORT));
    private static final MethodHandle SET_DEFAULTS =
            LinuxCalls.call("posix_spawnattr_setsigdefault", LinuxCalls.type(ADDRESS, ADDRESS));
    private static final MethodHandle SET_MASK =
            LinuxCalls.call("posix_spawnattr_setsigmask", LinuxCalls.type(ADDRESS, ADDRESS));

    private PosixSpawn() {}

    /**
     * Starts a program on a terminal of its own, with no other descriptor, no signal blocked or
     * ignored, in {@code directory}. Opening the terminal as the leader of a new session makes it
     * the controlling one. Fails if any of it cannot be done, the directory included.
     */
    static int spawn(
            Arena arena,
            MemorySegment slave,
            List<String> command,
            List<String> environment,
            String directory)
            throws IOException {
        var actions = arena.allocate(MOST_OF_A_STRUCT, 16);
        var attributes = arena.allocate(MOST_OF_A_STRUCT, 16);
        var signals = arena.allocate(128, 8);
        var pid = arena.allocate(JAVA_INT);
        var path = arena.allocateFrom(command.getFirst());
        var state = Libc.callState(arena);
        short flags = POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
        int error;
        try {
            error = (int) ACTIONS.invokeExact(state, actions);
            error |= (int) ADD_OPEN.invokeExact(state, actions, 0, slave, LinuxCalls.O_RDWR, 0);
            error |= (int) ADD_DUP2.invokeExact(state, actions, 0, 1);
            error |= (int) ADD_DUP2.invokeExact(state, actions, 0, 2);
            error |= (int) ADD_CHDIR.invokeExact(state, actions, arena.allocateFrom(directory));
            error |= (int) ADD_CLOSEFROM.invokeExact(state, actions, 3);
            error |= (int) ATTRIBUTES.invokeExact(state, attributes);
            error |= (int) SET_FLAGS.invokeExact(state, attributes, flags);
            error |= (int) SIGEMPTYSET.invokeExact(state, signals);
            error |= (int) SET_MASK.invokeExact(state, attributes, signals);
            error |= (int) SIGFILLSET.invokeExact(state, signals);
            error |= (int) SET_DEFAULTS.invokeExact(state, attributes, signals);
            if (error == 0) {
                error =
                        (int)
                                SPAWN.invokeExact(
                                        state,
                                        pid,
                                        path,
                                        actions,
                                        attributes,
                                        strings(arena, command),
                                        strings(arena, environment));
            }
            int _ = (int) NO_ACTIONS.invokeExact(state, actions);
        } catch (Throwable e) {
            throw Libc.broken("posix_spawn", e);
        }
        if (error != 0) {
            throw LinuxCalls.failed("starting " + command.getFirst() + " in " + directory, error);
        }
        return pid.get(JAVA_INT, 0);
    }

    /** A null-terminated array of C strings. */
    private static MemorySegment strings(Arena arena, List<String> texts) {
        var array = arena.allocate(ADDRESS, texts.size() + 1L);
        for (int i = 0; i < texts.size(); i++) {
            array.setAtIndex(ADDRESS, i, arena.allocateFrom(texts.get(i)));
        }
        return array;
    }
}
