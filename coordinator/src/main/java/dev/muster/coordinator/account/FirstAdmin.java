package dev.muster.coordinator.account;

import dev.muster.coordinator.db.Database;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The account an empty database starts with. Its password is in a file before the row is committed,
 * so a crash between loses neither; what the file then holds is used by the next start.
 */
public final class FirstAdmin {

    private static final Logger log = LoggerFactory.getLogger(FirstAdmin.class);

    private static final String FILE = "admin-password";
    private static final String NAME = "admin";

    private final Database database;
    private final Passwords passwords;

    public FirstAdmin(Database database, Passwords passwords) {
        this.database = database;
        this.passwords = passwords;
    }

    /**
     * Makes the first account of an empty database, once, however many coordinators start together.
     *
     * @param data where its password is put, for its owner to read
     * @return the password, if the account was made just now
     */
    public Optional<String> ensure(Path data) {
        return database.inTransaction(
                "making the first account",
                transaction -> {
                    if (!AccountStore.lacksDevelopers(transaction)) {
                        return Optional.empty();
                    }
                    var password = fromFile(data.resolve(FILE));
                    AccountStore.insertFirstAdmin(transaction, passwords.hash(password));
                    log.info("first account made name=admin password-file={}", data.resolve(FILE));
                    return Optional.of(password);
                });
    }

    private static String fromFile(Path file) {
        try {
            if (!Files.exists(file)) {
                SecretFile.createUnlessThere(
                        file,
                        (OneTimePassword.random() + "\n").getBytes(StandardCharsets.US_ASCII));
            }
            var password = Files.readString(file).strip();
            if (Passwords.fault("", NAME, password).isPresent()) {
                throw new IllegalStateException(
                        file + " holds no usable password; remove it and start again");
            }
            return password;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read or make " + file, e);
        }
    }
}
