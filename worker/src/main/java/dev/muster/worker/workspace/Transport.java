package dev.muster.worker.workspace;

/** What a git call may reach beyond its own repository; one at a time, as narrow as can be. */
enum Transport {
    NONE("none"),
    HTTPS("https"),
    SSH("ssh"),
    LOCAL("file");

    /** As {@code GIT_ALLOW_PROTOCOL} wants it. */
    final String protocol;

    Transport(String protocol) {
        this.protocol = protocol;
    }
}
