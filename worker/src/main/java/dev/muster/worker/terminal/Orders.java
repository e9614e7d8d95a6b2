package dev.muster.worker.terminal;

import dev.muster.worker.process.Posix;
import dev.muster.worker.user.RunAs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * The pipe through which the driver is told what to run. An order is shorter than a pipe holds and
 * is read before the next is written, so giving one never blocks.
 */
final class Orders implements AutoCloseable {

    private final Path directory;
    private final Path pipe;
    private final FileChannel channel;
    private final Optional<RunAs> user;
    private int given;

    private Orders(Path directory, Path pipe, FileChannel channel, Optional<RunAs> user) {
        this.directory = directory;
        this.pipe = pipe;
        this.channel = channel;
        this.user = user;
    }

    /**
     * Makes the pipe in a directory of its own, which is deleted at the end. The directory stays
     * the daemon's, so that nobody puts a link where the next script is written.
     *
     * @param user who reads pipe and scripts
     */
    static Orders in(Path directory, Optional<RunAs> user) throws IOException {
        var pipe = directory.resolve("orders");
        Posix.makeFifo(pipe);
        if (user.isPresent()) {
            user.get().giveOne(pipe);
        }
        // opened for both, because opening for writing alone would wait for the driver
        return new Orders(
                directory,
                pipe,
                FileChannel.open(pipe, StandardOpenOption.READ, StandardOpenOption.WRITE),
                user);
    }

    Path pipe() {
        return pipe;
    }

    /** Has the driver run a script, and end its report with the nonce. */
    void give(String nonce, String script) throws IOException {
        var file = directory.resolve("stage-" + given++);
        write(file, script);
        var order = (nonce + " " + file + "\n").getBytes(StandardCharsets.UTF_8);
        var bytes = ByteBuffer.wrap(order);
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private void write(Path file, String script) throws IOException {
        var ownerOnly = PosixFilePermissions.fromString("rw-------");
        Files.createFile(file, PosixFilePermissions.asFileAttribute(ownerOnly));
        Files.write(file, script.getBytes(StandardCharsets.UTF_8));
        if (user.isPresent()) {
            user.get().giveOne(file);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
        Terminals.empty(directory);
        Files.delete(directory);
    }
}
