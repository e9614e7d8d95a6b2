package dev.muster.protocol.message;

import java.util.regex.Pattern;

/**
 * What lets a machine read a repository over https, and push to it where its project wants that.
 * Both parts are printable ASCII, so that neither is more than one line.
 *
 * @param username goes with it; services that only look at the token take any
 */
public record GitToken(String username, Confidential token) {

    private static final Pattern PART = Pattern.compile("[\\x21-\\x7e]{1,1000}");

    public GitToken {
        if (!PART.matcher(username).matches() || !PART.matcher(token.value()).matches()) {
            throw new IllegalArgumentException("a token and its user are printable ASCII");
        }
    }
}
