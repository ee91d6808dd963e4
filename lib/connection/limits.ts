/** The most that is sent in one system call, bytes. */
export const BATCH_BYTES = 256 * 1024
/**
 * Batches above this size are sent from the thread pool: the hand-over costs 33 µs, and `send` would block the event loop for
 * longer.
 */
export const THREAD_BYTES = 32 * 1024
/** What the kernel charges for an acknowledgement or a refusal that waits to be read, bytes (measured: 832 to 1,280). */
export const ACK_COST = 1280
/** What the kernel charges for a refusal with its extended acknowledgement, at most, bytes. */
export const REFUSAL_COST = 2048
/** What the kernel charges for an answer that carries a message, such as a link with all its statistics, bytes. */
export const REPLY_COST = 16 * 1024
