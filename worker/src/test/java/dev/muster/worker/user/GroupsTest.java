package dev.muster.worker.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GroupsTest {

    @ParameterizedTest
    @CsvSource({
        "1000, agent, false, ''",
        "1000 998, agent docker, false, docker",
        "1000 27 6, agent sudo disk, false, disk sudo",
        "1000 0, agent root, true, ''",
        "1000 100 10, agent users 10, false, ''"
    })
    void whatGivesAwayTheMachineIsSeen(String ids, String names, boolean roots, String mighty) {
        var groups = Groups.parse(ids + "\n", names + "\n");

        assertThat(groups.areRoots()).isEqualTo(roots);
        assertThat(String.join(" ", groups.mighty())).isEqualTo(mighty);
    }

    @Test
    void whatIsNoListOfGroupsIsRefused() {
        assertThatThrownBy(() -> Groups.parse("id: no such user", ""))
                .isInstanceOf(NumberFormatException.class);
    }
}
