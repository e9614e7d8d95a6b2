package dev.muster.coordinator.dispatch;

import dev.muster.coordinator.dispatch.rule.Eligibility;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Pulls whose machines may all be given the same, but for pins. Tasks are taken off the queue for
 * each group by itself, no more than it has credit: so what is taken can be placed, and the tasks
 * of one agent, however many wait, never stand before those of another. Which machine they go to is
 * decided among all groups.
 *
 * @param agentTypes what that is; never empty
 */
record Group(Set<String> agentTypes, List<Candidate> candidates) {

    /**
     * Those who may be given least come first: their credit is good for nothing else, so that of
     * the others is left for what only they can do.
     */
    static List<Group> of(Eligibility rules, List<Candidate> candidates) {
        return candidates.stream()
                .collect(
                        Collectors.groupingBy(
                                one -> rules.open(one.machine()),
                                LinkedHashMap::new,
                                Collectors.toList()))
                .entrySet()
                .stream()
                .filter(group -> !group.getKey().isEmpty())
                .map(group -> new Group(group.getKey(), group.getValue()))
                .sorted(Comparator.comparingInt(group -> group.agentTypes().size()))
                .toList();
    }
}
