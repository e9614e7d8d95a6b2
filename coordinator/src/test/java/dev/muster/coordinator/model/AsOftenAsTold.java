package dev.muster.coordinator.model;

import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;

/**
 * Tries a property as often as {@code muster.model.tries} says, and others than usual if {@code
 * muster.model.seed} is set.
 */
final class AsOftenAsTold implements AroundPropertyHook {

    private static final int TRIES = Integer.getInteger("muster.model.tries", 8);

    @Override
    public PropertyExecutionResult aroundProperty(
            PropertyLifecycleContext context, PropertyExecutor property) {
        context.attributes().setTries(TRIES);
        var seed = System.getProperty("muster.model.seed");
        if (seed != null) {
            context.attributes().setSeed(seed);
        }
        return property.execute();
    }
}
