import { viewOf } from '../../protocol/index.js'

/**
 * Where datagrams are read: one buffer for all connections of the thread, since each datagram is decoded before the
 * next is read. Dumps fill 32 KiB a datagram; a link with hundreds of virtual functions takes more.
 */
export const received = memoryOf(256 * 1024)

/** Makes room for datagrams of this length. The one that was truncated is lost. */
export function growReceiveMemory(length: number): void {
  Object.assign(received, memoryOf(2 ** Math.ceil(Math.log2(length))))
}

function memoryOf(size: number): { bytes: Uint8Array; view: DataView } {
  const bytes = new Uint8Array(size)
  return { bytes, view: viewOf(bytes) }
}
