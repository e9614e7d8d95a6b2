package dev.muster.worker;

import dev.muster.worker.link.Contact;
import dev.muster.worker.run.Runner;
import dev.muster.worker.run.Self;

/** What attempts are run with. */
interface Tools extends AutoCloseable {

    /** What runs attempts, and tells of them over {@code contact}. */
    Runner runner(Contact contact, Self self);

    /** Returns when nothing of any attempt lives. */
    @Override
    void close();
}
