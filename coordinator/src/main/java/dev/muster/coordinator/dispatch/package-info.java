/**
 * Who runs what: matches waiting pulls with queued tasks and grants leases.
 *
 * <p>A worker pulls with credit and the pull is parked here until a task comes or its wait is over.
 * A pass takes as many tasks as there is credit, places them ({@link
 * dev.muster.coordinator.dispatch.Placement}, pure) and grants the leases in one transaction.
 * Passes are started by new tasks, new pulls and a slow clock, so a lost wake-up costs time only.
 * INVARIANT: a granted attempt is answered to the poll it was granted to, however often that poll
 * is asked.
 */
@NullMarked
package dev.muster.coordinator.dispatch;

import org.jspecify.annotations.NullMarked;
