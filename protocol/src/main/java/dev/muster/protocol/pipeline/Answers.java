package dev.muster.protocol.pipeline;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What gates of the stages so far were answered with, whichever of these stages failed. */
final class Answers {

    /** One way in which it may have gone so far. */
    private record Way(boolean failed, Set<Template.Variable> given) {}

    private Set<Way> ways = Set.of(new Way(false, Set.of()));

    /**
     * A stage comes next that is run as {@code next} says, and whose gate gives {@code own}.
     *
     * @return the answers that its command refers to and that it may have to do without
     */
    List<Template.Variable> missing(When next, String command, Set<Template.Variable> own) {
        var missing =
                Template.variablesIn(command).stream()
                        .filter(Template.Variable::isAnswer)
                        .filter(variable -> !own.contains(variable) && !have(next, variable))
                        .toList();
        add(next, own);
        return missing;
    }

    private boolean have(When next, Template.Variable variable) {
        return ways.stream()
                .filter(way -> next.isAfter(way.failed()))
                .allMatch(way -> way.given().contains(variable));
    }

    private void add(When next, Set<Template.Variable> own) {
        var further = new HashSet<Way>();
        for (var way : ways) {
            if (next.isAfter(way.failed())) {
                var given = EnumSet.noneOf(Template.Variable.class);
                given.addAll(way.given());
                given.addAll(own);
                further.add(new Way(way.failed(), given));
                further.add(new Way(true, given));
            } else {
                further.add(way);
            }
        }
        ways = further;
    }
}
