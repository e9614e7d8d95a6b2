package dev.muster.coordinator;

/** Which version of Muster this is. */
final class Version {

    private Version() {}

    /** From the jar's manifest; "development" when run from class files. */
    static String current() {
        var version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
