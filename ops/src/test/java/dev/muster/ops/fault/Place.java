package dev.muster.ops.fault;

import java.util.List;

/**
 * In what a process runs that is not this machine as it is.
 *
 * @param starter words before its command, of a program that becomes it
 * @param host where this machine reaches what listens there
 */
record Place(List<String> starter, String host) {

    static final Place HERE = new Place(List.of(), "127.0.0.1");

    Place {
        starter = List.copyOf(starter);
    }
}
