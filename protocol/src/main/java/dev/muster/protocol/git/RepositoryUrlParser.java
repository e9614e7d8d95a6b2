package dev.muster.protocol.git;

import java.util.regex.Pattern;

/**
 * Reads an address by hand, against allow-lists only. A general URL parser would accept more than
 * git, ssh and curl agree on, and what they disagree on is where the attacks are.
 */
final class RepositoryUrlParser {

    private static final String HTTPS = "https://";
    private static final String SSH = "ssh://";
    private static final String FILE = "file://";

    private static final Pattern USER = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,63}");
    private static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");
    private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9._~+@=,:%-]+");
    private static final Pattern HEX = Pattern.compile("[0-9A-Fa-f]{2}");

    private final String text;

    private RepositoryUrlParser(String text) {
        this.text = text;
    }

    static RepositoryUrl parse(String text) {
        return new RepositoryUrlParser(text).read();
    }

    private RepositoryUrl read() {
        require(!text.isEmpty(), "is empty");
        require(
                text.length() <= RepositoryUrl.MOST_CHARACTERS,
                "is longer than " + RepositoryUrl.MOST_CHARACTERS + " characters");
        var acting = text.codePoints().filter(Quoted::acts).findFirst();
        if (acting.isPresent()) {
            throw refuse("contains " + Quoted.character(acting.getAsInt()));
        }
        if (text.startsWith(HTTPS)) {
            checkRemote(text.substring(HTTPS.length()), false);
            return new RepositoryUrl.Https(text);
        }
        if (text.startsWith(SSH)) {
            checkRemote(text.substring(SSH.length()), true);
            return new RepositoryUrl.Ssh(text);
        }
        if (text.startsWith(FILE)) {
            require(text.indexOf('%') < 0, "has a % in a file:// address; write a plain path");
            return local(text.substring(FILE.length()));
        }
        if (text.startsWith("/")) {
            return local(text);
        }
        require(
                !text.contains("://") && !text.contains("::"),
                "must begin with https:// or ssh://, or be an absolute path");
        return shortSsh();
    }

    /** {@code [user@]host[:port]/path}, the part behind the scheme. */
    private void checkRemote(String rest, boolean ssh) {
        int slash = rest.indexOf('/');
        require(slash > 0, "needs a host and a path");
        var authority = rest.substring(0, slash);
        int at = authority.lastIndexOf('@');
        if (at >= 0) {
            var user = authority.substring(0, at);
            require(ssh && user.indexOf(':') < 0, "must not carry credentials");
            checkUser(user);
        }
        checkHostAndPort(authority.substring(at + 1));
        checkPath(rest.substring(slash + 1));
    }

    /** {@code user@host:path}, as ssh and most hosting sites write it. */
    private RepositoryUrl shortSsh() {
        int at = text.indexOf('@');
        int colon = text.indexOf(':');
        require(
                at > 0 && colon > at,
                "must be https://host/path, ssh://host/path, user@host:path or an absolute path");
        checkUser(text.substring(0, at));
        checkHost(text.substring(at + 1, colon));
        var path = text.substring(colon + 1);
        // git does not decode escapes here, so an escape would name a different path on each side
        require(path.indexOf('%') < 0 && !path.startsWith(":"), "has a path ssh would misread");
        checkPath(path.startsWith("/") ? path.substring(1) : path);
        return new RepositoryUrl.Ssh(text);
    }

    private RepositoryUrl local(String path) {
        require(path.startsWith("/") && path.length() > 1, "needs an absolute path");
        for (var segment : withoutLastSlash(path.substring(1)).split("/", -1)) {
            require(!segment.isEmpty(), "has an empty part in its path");
            checkSegment(segment);
        }
        return new RepositoryUrl.Local(withoutLastSlash(path));
    }

    private void checkUser(String user) {
        require(USER.matcher(user).matches(), "has a user name with characters not allowed there");
    }

    private void checkHostAndPort(String text) {
        // in [v6]:port the last colon counts only behind the bracket
        int colon = text.lastIndexOf(':');
        if (colon > text.lastIndexOf(']')) {
            var port = text.substring(colon + 1);
            require(
                    PORT.matcher(port).matches() && Integer.parseInt(port) <= 65_535,
                    "has a port that is not 1 to 65535");
            checkHost(text.substring(0, colon));
            return;
        }
        checkHost(text);
    }

    private void checkHost(String host) {
        var objection = HostName.objection(host);
        if (objection != null) {
            throw refuse(objection);
        }
    }

    private void checkPath(String path) {
        var trimmed = withoutLastSlash(path);
        require(!trimmed.isEmpty(), "needs a path behind the host");
        for (var segment : trimmed.split("/", -1)) {
            require(
                    SEGMENT.matcher(segment).matches(),
                    "has a path with an empty part or a character not allowed there");
            checkSegment(decoded(segment));
        }
    }

    private void checkSegment(String segment) {
        require(!segment.startsWith("-"), "has a part that begins with a dash");
        require(!segment.equals(".") && !segment.equals(".."), "has . or .. in its path");
    }

    /** Escapes stand for one printable ASCII character each, and never for a slash. */
    private String decoded(String segment) {
        var plain = new StringBuilder();
        for (int i = 0; i < segment.length(); i++) {
            char c = segment.charAt(i);
            if (c == '%') {
                var digits = segment.substring(i + 1, Math.min(i + 3, segment.length()));
                require(HEX.matcher(digits).matches(), "has a % without two hex digits behind it");
                c = (char) Integer.parseInt(digits, 16);
                require(c >= 0x20 && c < 0x7f && c != '/', "has an escape not allowed in a path");
                i += 2;
            }
            plain.append(c);
        }
        return plain.toString();
    }

    private static String withoutLastSlash(String path) {
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw refuse(otherwise);
        }
    }

    private IllegalArgumentException refuse(String why) {
        return new IllegalArgumentException(
                "The repository address " + Quoted.of(withoutCredentials()) + " " + why + ".");
    }

    /** A sentence ends up in logs and on screens; what stands before an @ may be a secret. */
    private String withoutCredentials() {
        int at = text.lastIndexOf('@');
        if (at < 0) {
            return text;
        }
        int scheme = text.indexOf("://");
        return (scheme >= 0 && scheme < at ? text.substring(0, scheme + 3) : "")
                + "***"
                + text.substring(at);
    }
}
