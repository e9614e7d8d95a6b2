package dev.muster.worker;

import dev.muster.worker.link.Contact;
import dev.muster.worker.question.Respondent;
import dev.muster.worker.relay.Relay;
import dev.muster.worker.run.Runner;
import dev.muster.worker.run.Self;

/** What attempts are run with. */
interface Tools extends AutoCloseable {

    /** What runs attempts, tells of them over {@code contact} and shows them by {@code relay}. */
    Runner runner(Contact contact, Self self, Relay relay);

    /** What coordinators ask about it is answered by; shells are shown by {@code relay}. */
    Respondent respondent(Relay relay);

    /** Returns when nothing of any attempt lives. */
    @Override
    void close();
}
