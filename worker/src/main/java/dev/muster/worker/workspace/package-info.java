/**
 * The directory an attempt works in, and what it left there.
 *
 * <p>Owns {@code mirrors}, {@code repositories}, {@code workspaces}, {@code kept}, {@code pushes}
 * and {@code git-home} in the worker's data directory; no second daemon may use the same one. Every
 * method blocks its (virtual) thread and is cancelled by interrupting it; a running git is then
 * killed with all its children.
 *
 * <p>Three layers, because the agent runs as the same user as the daemon and may edit whatever its
 * own git would edit:
 *
 * <ul>
 *   <li>a <b>mirror</b> per repository: a bare store of objects and refs, fetched by the daemon
 *       only. Its config is written anew before each use.
 *   <li>a private <b>repository</b> per attempt: bare, made by hand, its objects borrowed from the
 *       mirror by way of {@code objects/info/alternates}. Refs, config and hooks are its own, so
 *       what an agent plants reaches no other task and never the mirror.
 *   <li>the <b>workspace</b>: a {@code git worktree} of that private repository.
 * </ul>
 *
 * <p>Linked straight to the mirror, a worktree would share the mirror's config and hooks with every
 * other task and with the daemon's next fetch. A private repository costs a few small files, and
 * makes removal a matter of deleting two directories, without asking a hostile git anything.
 *
 * <p>INVARIANT: once the agent has run, no git of the daemon reads the private repository's config,
 * hooks, index or info files. What the agent left is measured from a throw-away repository of the
 * daemon's own which only borrows objects; see {@link dev.muster.worker.workspace.Inspection}.
 *
 * <p>Where attempts run as a user of less rights, tree and private repository are that user's once
 * they are made, the mirror stays the daemon's, and git looks at what the agent left with the
 * user's rights too.
 *
 * <p>INVARIANT: a git that is given a token reads no repository that an agent could write to. What
 * is pushed is first copied, by a git without one, into a repository of the daemon's own: see
 * {@link dev.muster.worker.workspace.Pushes}.
 *
 * <p>INVARIANT: objects of a mirror are never pruned, since private repositories stand on them.
 *
 * <p>Beside an attempt, and after it, a {@link dev.muster.worker.workspace.Guest} may be in a
 * workspace. INVARIANT: it has left before the workspace is removed, made anew or gone on in.
 *
 * <p>A workspace stays for a while after its attempt, and longer if it holds work that exists
 * nowhere else: see {@link dev.muster.worker.workspace.Upkeep}. With it goes its private
 * repository, so no ref of it is anywhere to be tidied up, and the mirror never grew by it.
 *
 * <p>Submodules are not recursed into and LFS files stay pointers: both run code or reach hosts
 * that nobody checked. An agent may ask for them itself.
 */
@NullMarked
package dev.muster.worker.workspace;

import org.jspecify.annotations.NullMarked;
