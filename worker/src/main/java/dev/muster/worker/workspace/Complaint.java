package dev.muster.worker.workspace;

import java.util.regex.Pattern;

/** What git said on its way out, made fit for one sentence. Remote servers write part of it. */
final class Complaint {

    private static final int MOST = 400;
    private static final Pattern CREDENTIALS = Pattern.compile("://[^/@\\s'\"]*@");
    private static final Pattern ACTS = Pattern.compile("[\\p{C}\\p{Z}]+");

    private Complaint() {}

    static String tidied(String stderr) {
        var line = ACTS.matcher(CREDENTIALS.matcher(stderr).replaceAll("://***@")).replaceAll(" ");
        line = line.strip();
        if (line.isEmpty()) {
            return "it gave no reason.";
        }
        // the end is kept: git says what was fatal last
        return line.length() <= MOST ? line : "..." + line.substring(line.length() - MOST);
    }
}
