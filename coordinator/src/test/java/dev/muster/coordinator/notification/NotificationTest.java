package dev.muster.coordinator.notification;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.OffsetDateTime;
import java.time.ZoneOffset;

class NotificationTest {

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            textBlock =
                    """
                    gate_opened     | {"stage": "review"}              | Task #7 waits for an answer at stage 'review'.
                    task_completed  | {}                               | Task #7 is done.
                    task_failed     | {"reason": "exit"}               | Task #7 failed (exit).
                    task_failed     | {}                               | Task #7 failed.
                    task_cancelled  | {"by": {"id": 1, "name": "max"}} | Task #7 was cancelled by max.
                    task_cancelled  | {}                               | Task #7 was cancelled.
                    task_unrunnable | {"why": "no_machine"}            | Task #7 waits, and no machine could ever run it.
                    account_changed | {"role": "lead", "disabled": false} | Your account was changed: your role is lead, it was enabled.
                    account_changed | {"passwordReset": true, "by": {"name": "max"}} | Your account was changed by max: your password was reset.
                    machine_drained | {"name": "m", "reason": "Full."} | Machine m takes no new tasks. Full.
                    """)
    void eachKindIsASentence(String kind, String data, String text) {
        var at = OffsetDateTime.of(2026, 1, 1, 9, 0, 0, 0, ZoneOffset.UTC);
        var told =
                new Notification(
                        1, at, kind, 7L, "shop", "do it", null, false, new JsonObject(data));

        assertThat(told.text()).isEqualTo(text);
    }
}
