/** A batch of this size, bytes, takes no further jobs. */
export const BATCH_BYTES = 256 * 1024
/**
 * Batches above this size are sent from the thread pool: the hand-over costs 33 µs, and `send` would block the event
 * loop for longer.
 */
export const THREAD_BYTES = 32 * 1024
/**
 * The charge to the receive buffer for an unread acknowledgement or refusal, bytes, at most. Measured on Linux 6.18:
 * 832, with or without an extended acknowledgement. The margin is for kernels before 6.3, computed from how they
 * allocate long texts (net/core/skbuff.c), not measured.
 */
export const ACK_COST = 1280
/**
 * The same for an answer that carries a message: its allocation, a power of two, and the overhead. Measured on Linux
 * 6.18: 2.3 KiB for a veth (1,492 bytes), 4.3 KiB for a bridge (1,880 bytes). The rest is margin for larger messages.
 */
export const REPLY_COST = 16 * 1024
