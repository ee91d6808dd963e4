import { viewOf } from '../../protocol/index.js'

/**
 * Where datagrams are read: one piece of memory for all connections of the thread, since each is decoded, and
 * copied from, before the next is read. Dumps fill 32 KiB; a link with hundreds of virtual functions takes more.
 */
export const memory = new Uint8Array(256 * 1024)
export const memoryView = viewOf(memory)
