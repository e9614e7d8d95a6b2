/**
 * What can be proven of every operation from the contract alone, without naming one: {@code
 * ServedContract} is the contract as a running server tells it, {@code Mutator} makes hostile
 * requests of it, {@code HostileConnection} sends them byte by byte and {@code Judge} says what is
 * wrong with an answer.
 */
@NullMarked
package dev.muster.coordinator.proof;

import org.jspecify.annotations.NullMarked;
