package dev.muster.coordinator.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What belongs to one transaction, and what does not. */
class DatabaseIT {

    private static final String ADD = "insert into thing (n) values ($1)";

    private static Vertx vertx;
    private static Database database;

    @BeforeAll
    static void open() {
        vertx = Vertx.vertx();
        database = Database.open(vertx, TestDatabase.empty());
        database.query("making a table", "create table thing (n int primary key)");
    }

    @AfterAll
    static void close() {
        database.close();
        vertx.close().await();
    }

    @BeforeEach
    void empty() {
        database.query("emptying", "delete from thing");
    }

    private static void add(int n) {
        database.query("adding", ADD, Tuple.of(n));
    }

    private static List<Integer> things() {
        return things(database);
    }

    private static List<Integer> things(Database database) {
        var things = new ArrayList<Integer>();
        database.query("reading", "select n from thing order by n")
                .forEach(row -> things.add(row.getInteger(0)));
        return things;
    }

    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static Void refuse() {
        throw new Refused();
    }

    @Test
    void whatIsDoneAsOneIsSeenByOthersAtItsEnd() {
        var seen =
                database.asOne(
                        "working",
                        () -> {
                            add(1);
                            add(2);
                            assertThat(things()).containsExactly(1, 2);
                            return elsewhere();
                        });

        assertThat(seen).isEmpty();
        assertThat(things()).containsExactly(1, 2);
    }

    @Test
    void whatWaitsForTheCommitSeesItAndIsForgottenWithoutOne() {
        var seen = new ArrayList<List<Integer>>();
        database.asOne(
                "working",
                () -> {
                    database.whenCommitted(() -> seen.add(elsewhere()));
                    add(1);
                    return seen.isEmpty();
                });
        assertThat(seen).containsExactly(List.of(1));

        assertThatThrownBy(
                        () ->
                                database.asOne(
                                        "working",
                                        () -> {
                                            database.whenCommitted(() -> seen.add(List.of()));
                                            return refuse();
                                        }))
                .isInstanceOf(Refused.class);
        assertThat(seen).hasSize(1);

        database.whenCommitted(() -> seen.add(elsewhere()));
        assertThat(seen).as("without a transaction, at once").hasSize(2);
    }

    /** What another thread sees meanwhile. */
    private static List<Integer> elsewhere() {
        var seen = new CompletableFuture<List<Integer>>();
        Thread.ofVirtual().start(() -> seen.complete(things()));
        return seen.join();
    }

    @Test
    void whatThrowsIsUndone() {
        assertThatThrownBy(
                        () ->
                                database.asOne(
                                        "working",
                                        () -> {
                                            add(1);
                                            return refuse();
                                        }))
                .isInstanceOf(Refused.class);

        assertThat(things()).isEmpty();
        add(3);
        assertThat(things()).as("after it all is as before").containsExactly(3);
    }

    @Test
    void aTransactionWithinThatThrowsIsUndoneAlone() {
        database.asOne(
                "working",
                () -> {
                    add(1);
                    assertThatThrownBy(
                                    () ->
                                            database.inTransaction(
                                                    "a part",
                                                    part -> {
                                                        part.query("adding", ADD, Tuple.of(2));
                                                        return refuse();
                                                    }))
                            .isInstanceOf(Refused.class);
                    return database.inTransaction(
                            "a part", part -> part.query("adding", ADD, Tuple.of(3)));
                });

        assertThat(things()).containsExactly(1, 3);
    }

    @Test
    void aStatementThatFailsSpoilsTheWhole() {
        assertThatThrownBy(
                        () ->
                                database.asOne(
                                        "working",
                                        () -> {
                                            add(1);
                                            assertThatThrownBy(
                                                            () ->
                                                                    database.inTransaction(
                                                                            "a part",
                                                                            part ->
                                                                                    part.query(
                                                                                            "adding",
                                                                                            ADD,
                                                                                            Tuple
                                                                                                    .of(
                                                                                                            1))))
                                                    .isInstanceOf(DatabaseFailure.class);
                                            return "went on";
                                        }))
                .isInstanceOf(DatabaseFailure.class);

        assertThat(things()).isEmpty();
    }

    @Test
    void anotherDatabaseIsNotPartOfIt() {
        var other = Database.open(vertx, TestDatabase.empty());
        other.query("making a table", "create table thing (n int primary key)");

        assertThatThrownBy(
                        () ->
                                database.asOne(
                                        "working",
                                        () -> {
                                            other.query("adding", ADD, Tuple.of(7));
                                            return refuse();
                                        }))
                .isInstanceOf(Refused.class);

        assertThat(things(other)).containsExactly(7);
        other.close();
    }
}
