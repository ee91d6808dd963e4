/** A datagram, and the memory that holds it. */
export interface Datagram {
  readonly memory: { readonly bytes: Uint8Array; readonly view: DataView }
  /** Its whole length, which may exceed the memory; minus the errno where nothing was received. */
  readonly length: number
  /** The port id of the sender; the kernel's is 0. */
  readonly sender: number
}

/**
 * The socket of a connection: a `NetlinkSocket`, or a `FakeKernel` in tests. Sending and receiving return a count, or
 * minus the errno on failure; only the asynchronous methods wait.
 */
export interface Transport {
  /** The size of the receive buffer that the kernel gave, bytes. */
  readonly receiveBuffer: number
  /** The port id of the last datagram's sender. */
  readonly sender: number
  /** The id of the network namespace of the last datagram, if that is not the socket's own. */
  readonly namespaceId?: number | undefined
  /** Sends the first `length` bytes. Taking a subarray instead would cost as much as the call. */
  send(data: Uint8Array, length: number): number
  /** Sends from another thread. */
  sendAsync(data: Uint8Array): Promise<number>
  receive(into: Uint8Array): number
  /** Reads at least one datagram on another thread. They stay valid until the call after the next. */
  receiveMany(): Promise<readonly Datagram[]>
  /**
   * The index of the link with this name in the socket's network namespace, or minus the errno: ENODEV if there is none.
   * Names that do not {@link fitsInterfaceRequest} are asked for only where no answer is awaited.
   */
  linkIndex(name: string): number
  /** False if there is no link with this name or index in the socket's network namespace. */
  hasLink(link: string | number): boolean
  /** Joins a multicast group. */
  join(group: number): void
  /** Receives from all namespaces that have an id in the socket's own (NETLINK_LISTEN_ALL_NSID). */
  listenToAllNamespaces(): void
  /** Calls `callback` whenever there is something to read; `undefined` stops that. */
  onReadable(callback: (() => void) | undefined): void
  close(): void
}
