package dev.muster.coordinator.db;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A coordinator of the version before goes on with the schema of this one while they are exchanged
 * one by one. So a migration takes nothing away that it may use, nor asks for what it does not
 * give; that is for the version after.
 */
class AdditiveTest {

    private static final Path MIGRATIONS = Path.of("src/main/resources/db/migration");

    /** Those before were made when nothing was to be exchanged yet. */
    private static final int FIRST = 36;

    private static final Pattern TAKES_AWAY =
            Pattern.compile(
                    "\\bdrop (table|column|view|function|type|sequence|schema)\\b"
                            + "|\\brename\\b"
                            + "|\\bset (not null|data type|schema)\\b"
                            + "|\\balter( column)? \\w+ type\\b"
                            + "|\\badd (constraint|check|unique|foreign key|primary key)\\b"
                            + "|\\badd( column)?( if not exists)? \\w+ [^,;]*"
                            + "\\bnot null(?![^,;]*\\bdefault\\b)(?<!\\bdefault\\b[^,;]{0,200})");

    @Test
    void noMigrationTakesAwayWhatTheVersionBeforeUses() throws IOException {
        try (var all = Files.list(MIGRATIONS)) {
            for (var migration : all.filter(AdditiveTest::isNew).toList()) {
                assertThat(isAdditive(Files.readString(migration))).as("%s", migration).isTrue();
            }
        }
    }

    private static boolean isNew(Path migration) {
        return Integer.parseInt(migration.getFileName().toString().substring(1, 4)) >= FIRST;
    }

    private static boolean isAdditive(String sql) {
        var plain = sql.replaceAll("--[^\n]*", "").replaceAll("\\s+", " ").toLowerCase(Locale.ROOT);
        return !TAKES_AWAY.matcher(plain).find();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "alter table task drop column detail | false",
                "'ALTER TABLE task\n   DROP\n COLUMN detail' | false",
                "drop table note | false",
                "drop function note_act | false",
                "alter table task rename column a to b | false",
                "alter table task alter column a set not null | false",
                "alter table task alter column a type bigint | false",
                "alter table task alter a type bigint | false",
                "alter table task add constraint c check (a > 0) | false",
                "alter table task add check (a > 0) | false",
                "alter table task add column a int not null | false",
                "alter table task add a int not null, add b int | false",
                "alter table task add column a int not null default 0 | true",
                "alter table task add column a int default 0 not null | true",
                "alter table task add column a int | true",
                "alter table task add column a int, add column b int not null default 1 | true",
                "create table note (id bigint not null) | true",
                "create index note_of_task on note (task_id) | true",
                "alter table note drop constraint note_check | true",
                "drop index note_of_task; drop trigger t on note | true",
                "select 1 -- drop table note | true",
            })
    void whatTakesAwayIsKnown(String sql, boolean additive) {
        assertThat(isAdditive(sql)).isEqualTo(additive);
    }
}
