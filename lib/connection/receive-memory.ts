import { viewOf } from '../../protocol/index.js'

/**
 * Where datagrams are read: one piece of memory for all connections of the thread, since each is decoded, and
 * copied from, before the next is read. Dumps fill 32 KiB; a link with hundreds of virtual functions takes more.
 */
export const received = receiveMemory(256 * 1024)

/** Makes room for a datagram that was cut: it is lost, the next of its size will not be. */
export function growReceiveMemory(length: number): void {
  Object.assign(received, receiveMemory(2 ** Math.ceil(Math.log2(length))))
}

export interface ReceiveMemory {
  readonly bytes: Uint8Array
  readonly view: DataView
}

export function receiveMemory(size: number): ReceiveMemory {
  const bytes = new Uint8Array(size)
  return { bytes, view: viewOf(bytes) }
}
