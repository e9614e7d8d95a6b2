/**
 * What coordinators ask this machine, and the way its answers take back.
 *
 * <p>A question that is put again while it is being answered, or shortly afterwards, is answered
 * once and told as often as it was put. INVARIANT: so many are answered at once at most; what comes
 * beyond is let be, and put again by who asks.
 */
@NullMarked
package dev.muster.worker.question;

import org.jspecify.annotations.NullMarked;
