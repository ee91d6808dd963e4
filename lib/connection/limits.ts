/** The most that is sent in one system call, bytes. */
export const BATCH_BYTES = 256 * 1024
/**
 * Batches above this size are sent from the thread pool: the hand-over costs 33 µs, and `send` would block the event loop for
 * longer.
 */
export const THREAD_BYTES = 32 * 1024
/**
 * What the kernel charges for an acknowledgement or a refusal that waits to be read, bytes, at most: 832 on Linux 6.18, whatever
 * the extended acknowledgement holds; up to 1,280 before 6.3, where long texts need a larger allocation (net/core/skbuff.c).
 */
export const ACK_COST = 1280
/** The same for an answer that carries a message, such as a link with all its statistics. */
export const REPLY_COST = 16 * 1024
