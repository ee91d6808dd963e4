/** A datagram, and where it lies. */
export interface Datagram {
  readonly memory: { readonly bytes: Uint8Array; readonly view: DataView }
  /** Its whole length, which may go beyond the memory; minus the errno where there is none. */
  readonly length: number
  readonly sender: number
}

/**
 * What a connection needs of a socket. `NetlinkSocket` is the real one; tests have others.
 * Counts are negative errnos where a call failed.
 */
export interface Transport {
  /** The receive buffer that the kernel gave, bytes. */
  readonly receiveBuffer: number
  /** The port of who sent what was received last. */
  readonly sender: number
  /** Sends the first `length` bytes: a window on the memory would cost as much as the call. */
  send(data: Uint8Array, length: number): number
  sendAsync(data: Uint8Array): Promise<number>
  receive(into: Uint8Array): number
  /** Reads some, at least one, on another thread; they stay where they are until the call after the next. */
  receiveMany(): Promise<readonly Datagram[]>
  /** The id of the namespace that what was received last is about, where that is not the socket's own. */
  readonly namespaceId?: number | undefined
  /** Joins a multicast group. */
  join(group: number): void
  listenToAllNamespaces(): void
  onReadable(callback: (() => void) | undefined): void
  close(): void
}
