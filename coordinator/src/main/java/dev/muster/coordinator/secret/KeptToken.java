package dev.muster.coordinator.secret;

import dev.muster.protocol.git.RepositoryUrl;
import dev.muster.protocol.message.Confidential;
import dev.muster.protocol.message.GitToken;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.util.Optional;

/**
 * A project's token for its repository as it is sealed: bound to the host that it was given for.
 * Who may move a project to another repository gets no token of somebody else's sent there.
 *
 * @param host of the repository, with its port if it names one
 */
record KeptToken(String host, String username, String token) {

    private static final String BETWEEN = "\n"; // none of the three can hold it

    /** Where a token would be sent; empty for a repository that is not read over https. */
    static Optional<String> hostOf(@Nullable String repoUrl) {
        if (repoUrl == null
                || RepositoryUrl.faultIn(repoUrl).isPresent()
                || !(RepositoryUrl.parse(repoUrl) instanceof RepositoryUrl.Https(var text))) {
            return Optional.empty();
        }
        return Optional.of(URI.create(text).getRawAuthority());
    }

    String sealed() {
        return String.join(BETWEEN, host, username, token);
    }

    /** What nobody may see of a secret's value: of a token for a repository, the token. */
    static String confidential(String name, String value) {
        var parts = value.split(BETWEEN, 3);
        return name.equals(SecretStore.GIT_TOKEN) && parts.length == 3 ? parts[2] : value;
    }

    /** What was sealed, if it was for where the repository is now; else null. */
    static @Nullable GitToken of(String sealed, @Nullable String repoUrl) {
        var parts = sealed.split(BETWEEN, 3);
        return parts.length == 3 && hostOf(repoUrl).filter(parts[0]::equals).isPresent()
                ? new GitToken(parts[1], new Confidential(parts[2]))
                : null;
    }
}
