import { ArgumentError } from '../errors.js'
import { EchoSocket } from '../ffi/echo-socket.js'
import { requireLinkIndex } from '../ffi/link-index.js'
import { type LinkRef, zoneLinkIndex } from '../link-reference.js'
import { Netns } from '../netns/netns.js'
import type { NetnsRef } from '../netns/reference.js'
import { assertInteger, assertKnownKeys } from '../options.js'
import { parseZonedAddress } from '../zoned-address.js'
import { type EchoReply, exchange, NONCE_SIZE } from './exchange.js'

/** The largest payload in an IPv4 packet of 65,535 bytes: less 20 bytes of IP and 8 of ICMP header. */
const SIZE_MAX = 65_507
/** The longest delay of `setTimeout`. */
const TIMEOUT_MAX = 0x7fffffff
/** The default of ping(8). */
const SIZE = 56
const TIMEOUT_MS = 5000

export interface EchoOptions {
  /** The network namespace to send from; by default the calling thread's own. */
  readonly netns?: NetnsRef | undefined
  /**
   * How long to wait for a reply, in milliseconds; 5,000 by default. A link drops packets until it is operational, which
   * can take a second after it was set up, and the neighbour table asks for an address once a second.
   */
  readonly timeout?: number | undefined
  /** Payload after the ICMP header, 8 to 65507 bytes; 56 by default, as in ping(8). */
  readonly size?: number | undefined
  /** TTL or hop limit of the request, 1 to 255. */
  readonly ttl?: number | undefined
  /** The link to send through. Link-local IPv6 addresses need one, here or as their zone. */
  readonly link?: LinkRef | undefined
  /** Aborts the wait with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Sends an ICMP echo request and waits for the reply, as ping(8) does, from inside any network namespace. Sends another
 * one each 200 ms until one is answered. Rejects with the signal's reason when it is aborted.
 * @param address IPv4 or IPv6; a link-local address may have the link as its zone: `fe80::1%eth0`
 * @throws {@link ArgumentError} when the address is invalid, or an option is unknown or out of range
 * @throws {@link LinkNotFoundError} when there is no such link in the namespace
 * @throws {@link EchoTimeoutError} when no reply arrives in time
 * @throws {@link SystemError} `ENETUNREACH` when no route leads there (as when `lo` is down), `EHOSTUNREACH` when a
 * router or the neighbour table reports it, `EACCES` when neither raw sockets nor ping sockets are allowed
 */
export async function echo(address: string, options: EchoOptions = {}): Promise<EchoReply> {
  assertKnownKeys(options, ['netns', 'timeout', 'size', 'ttl', 'link', 'signal'], 'options')
  const { timeout = TIMEOUT_MS, size = SIZE, ttl, signal } = options
  assertInteger('timeout', timeout, 1, TIMEOUT_MAX, 'milliseconds')
  assertInteger('size', size, NONCE_SIZE, SIZE_MAX, 'bytes')
  if (ttl !== undefined) assertInteger('ttl', ttl, 1, 255)
  const { version, bytes, zone } = parseZonedAddress(address, 'address')
  signal?.throwIfAborted()
  const { socket, index } = openInside(version, options, zone)
  try {
    if (index !== 0) socket.bindToLink(index)
    if (ttl !== undefined) socket.setHops(ttl)
    socket.connect(bytes, index, address)
    return await exchange(socket, address, size, timeout, signal)
  } finally {
    socket.close()
  }
}

interface OpenSocket {
  readonly socket: EchoSocket
  /** The link to send through; 0 when the route decides. */
  readonly index: number
}

function openInside(version: 4 | 6, options: EchoOptions, zone: string | undefined): OpenSocket {
  const { netns: ref, link } = options
  const open = (): OpenSocket => {
    const socket = new EchoSocket(version)
    try {
      return { socket, index: linkOf(socket, link, zone) }
    } catch (error) {
      socket.close()
      throw error
    }
  }
  if (ref === undefined) return open()
  using netns = Netns.open(ref)
  return netns.run(open)
}

/**
 * The index of the link to send through; 0 when the route decides.
 * @throws {@link ArgumentError} when the link is not the one of the zone
 */
function linkOf({ fd }: EchoSocket, link: LinkRef | undefined, zone: string | undefined): number {
  const given = link === undefined ? 0 : requireLinkIndex(fd, link, 'link')
  if (zone === undefined) return given
  const index = zoneLinkIndex((one) => requireLinkIndex(fd, one, 'address'), zone)
  if (given !== 0 && given !== index) {
    throw new ArgumentError('link', link, `left out, or the link that is the zone of the address, ${zone}`)
  }
  return index
}
