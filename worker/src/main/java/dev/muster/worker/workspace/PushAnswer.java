package dev.muster.worker.workspace;

/** What a repository said to a push. */
public sealed interface PushAnswer {

    /** It is as was asked for. */
    record Taken() implements PushAnswer {}

    /**
     * The repository was reached and does not want it.
     *
     * @param why a sentence, in which the repository has a part
     */
    record Refused(String why) implements PushAnswer {}
}
