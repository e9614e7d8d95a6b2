/**
 * Who runs what: matches waiting pulls with queued tasks and grants leases.
 *
 * <p>A worker pulls with credit and the pull is parked here until a task comes or its wait is over.
 * A pass takes as many tasks as there is credit, places them ({@link
 * dev.muster.coordinator.dispatch.Placement}, pure) and grants the leases in one transaction. Tasks
 * are taken for each {@link dev.muster.coordinator.dispatch.Group} of machines that may be given
 * the same, so that no agent's tasks stand in the way of another's, and placed among all machines.
 * Who is next goes by priority, raised by age, then by turns between projects, then by age; who may
 * run it is asked of {@code dispatch.rule}, and of nobody else. INVARIANT: a project with a limit
 * never holds more leases than it, whichever coordinators grant them.
 *
 * <p>A task that cannot be handed out, since what the database holds of it makes no sense, fails as
 * {@code poison} when it is its turn; a row that the database itself refuses to move is passed by
 * for a while. Neither holds up the others.
 *
 * <p>Passes are started by new tasks, new pulls and a slow clock, so a lost wake-up costs time
 * only. INVARIANT: a granted attempt is answered to the poll it was granted to, however often that
 * poll is asked. Asking prolongs the grant for some start deadlines and no longer: a machine that
 * never hears the answer does not keep the task from the others.
 */
@NullMarked
package dev.muster.coordinator.dispatch;

import org.jspecify.annotations.NullMarked;
