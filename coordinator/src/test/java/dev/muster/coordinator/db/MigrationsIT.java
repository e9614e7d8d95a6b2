package dev.muster.coordinator.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

class MigrationsIT {

    @Test
    void aDatabaseOfANewerVersionIsRefusedInWordsAndLeftAlone() {
        var database = TestDatabase.fresh();
        TestDatabase.execute(
                database,
                """
                insert into flyway_schema_history
                select installed_rank + 1, '999', 'from the future', type, 'V999__x.sql', checksum, installed_by,
                       installed_on, execution_time, success
                  from flyway_schema_history
                 order by installed_rank desc
                 limit 1
                """);

        assertThatThrownBy(() -> Migrations.apply(database))
                .isInstanceOf(SchemaFailure.class)
                .hasMessageContaining("newer Muster")
                .hasMessageContaining("999")
                .hasMessageContaining("backup");
    }

    @Test
    void aMigrationChangedByHandIsRefused() {
        var database = TestDatabase.fresh();
        TestDatabase.execute(
                database, "update flyway_schema_history set checksum = 1 where version = '001'");

        assertThatThrownBy(() -> Migrations.apply(database)).isInstanceOf(SchemaFailure.class);
    }

    @Test
    void coordinatorsThatStartTogetherMigrateOnce() throws Exception {
        var database = TestDatabase.empty();
        var failures = new ConcurrentLinkedQueue<Throwable>();

        var threads =
                IntStream.range(0, 4)
                        .mapToObj(
                                _ ->
                                        Thread.ofPlatform()
                                                .start(
                                                        () -> {
                                                            try {
                                                                Migrations.apply(database);
                                                            } catch (Throwable e) {
                                                                failures.add(e);
                                                            }
                                                        }))
                        .toList();
        for (var thread : threads) {
            assertThat(thread.join(Duration.ofSeconds(60))).isTrue();
        }

        assertThat(failures).isEmpty();
        assertThat(
                        TestDatabase.query(
                                database,
                                "select version from flyway_schema_history where version is not"
                                        + " null order by installed_rank"))
                .startsWith("001", "002")
                .doesNotHaveDuplicates();
    }

    /** Or whoever dies between the two leaves a schema that can never be brought up to date. */
    @Test
    void aMigrationAndItsPlaceInTheHistoryAreKeptTogetherOrNotAtAll() {
        var database = TestDatabase.fresh();
        TestDatabase.execute(
                database,
                """
                create schema aside;
                alter table flyway_schema_history set schema aside;
                drop schema public cascade;
                create schema public;
                alter table aside.flyway_schema_history set schema public;
                truncate flyway_schema_history;
                create function aside.refuse() returns trigger language plpgsql as 'begin raise ''no place''; end';
                create constraint trigger refuse after insert on flyway_schema_history deferrable initially deferred
                   for each row when (new.version = '011') execute function aside.refuse();
                """);
        assertThatThrownBy(() -> Migrations.apply(database))
                .isInstanceOf(SchemaFailure.class)
                .hasMessageContaining("no place");

        TestDatabase.execute(database, "drop trigger refuse on flyway_schema_history");
        Migrations.apply(database);

        assertThat(
                        TestDatabase.query(
                                database,
                                "select success from flyway_schema_history where version = '011'"))
                .containsExactly("t");
    }

    @Test
    void applyingTwiceChangesNothing() {
        var database = TestDatabase.fresh();
        var rows = "select count(*) from flyway_schema_history";
        var before = TestDatabase.query(database, rows);

        Migrations.apply(database);

        assertThat(TestDatabase.query(database, rows)).isEqualTo(before);
    }
}
