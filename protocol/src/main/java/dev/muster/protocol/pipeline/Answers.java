package dev.muster.protocol.pipeline;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;

/** What gates of the stages so far were answered with, whichever of these stages failed. */
final class Answers {

    /** One way in which it may have gone so far. */
    private record Way(boolean failed, Set<Template.Variable> given) {}

    private Set<Way> ways = Set.of(new Way(false, Set.of()));

    /** Whether a stage of this kind that comes next and is run has {@code variable} for sure. */
    boolean have(When next, Template.Variable variable) {
        return ways.stream()
                .filter(way -> next.isAfter(way.failed()))
                .allMatch(way -> way.given().contains(variable));
    }

    /** A stage of this kind comes next, whose gate gives {@code own}. */
    void add(When next, Set<Template.Variable> own) {
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
