import { randomBytes } from 'node:crypto'
import { errorGuard, RtnetlinkError } from '../../protocol/errors.js'
import { decodeEchoReply, type EchoPacket, encodeEchoRequest, stripIpv4Header } from '../../protocol/index.js'
import { ArgumentError, LinkNotFoundError, SystemError } from '../errors.js'
import { EchoSocket } from '../ffi/echo-socket.js'
import { linkIndex } from '../ffi/link-index.js'
import { Netns } from '../netns/netns.js'
import type { NetnsRef } from '../netns/reference.js'
import { parseZonedAddress } from '../netns/zoned-address.js'
import type { LinkRef } from '../rtnetlink/context.js'

/* include/uapi/asm-generic/errno.h */
const EINTR = 4
const EAGAIN = 11

/** Tells one's own answers from others'. */
const NONCE = 8
/** The largest payload in a packet of 65,535 bytes. */
const SIZE_MAX = 65_507

export interface EchoOptions {
  /** The namespace to ask from; the calling thread's own otherwise. */
  readonly netns?: NetnsRef | undefined
  /** How long to wait, ms; 1,000 otherwise. */
  readonly timeout?: number | undefined
  /** Bytes behind the ICMP header, 8 to 65507; 56 otherwise, as ping(8) has it. */
  readonly size?: number | undefined
  /** How many hops the request may go, 1 to 255. */
  readonly ttl?: number | undefined
  /** The link to send by; link-local IPv6 addresses need one. */
  readonly link?: LinkRef | undefined
  readonly signal?: AbortSignal | undefined
}

export interface EchoReply {
  /** Who was asked. */
  readonly address: string
  /** Bytes of the answer, its ICMP header included. */
  readonly bytes: number
  /** How many hops the answer might still have gone. */
  readonly ttl: number | undefined
  /** From asking to having the answer, ms. */
  readonly time: number
}

/** Nobody answered in time. */
export class EchoTimeoutError extends RtnetlinkError {
  override readonly name = 'EchoTimeoutError'
  readonly code = 'ETIMEDOUT'

  constructor(address: string, timeout: number) {
    super(`echo ${address}: no answer within ${timeout} ms`)
  }
}

export const isEchoTimeoutError = errorGuard<EchoTimeoutError>('EchoTimeoutError')

/**
 * Asks an address for an ICMP echo, as ping(8) does, from inside any namespace.
 * @param address IPv4 or IPv6; of a link-local one, the link may stand behind it: `fe80::1%eth0`
 * @throws ArgumentError, LinkNotFoundError
 * @throws SystemError `ENETUNREACH` when there is no way there (`lo` is down), `EHOSTUNREACH` when a router, or the
 * neighbour table, says so; `EPERM`, `EACCES` when raw sockets and ping sockets are both refused
 * @throws EchoTimeoutError when nobody answers
 */
export async function echo(address: string, options: EchoOptions = {}): Promise<EchoReply> {
  const { timeout = 1000, size = 56, signal } = options
  checkRange('timeout', timeout, 1, 2 ** 31 - 1)
  checkRange('size', size, NONCE, SIZE_MAX)
  signal?.throwIfAborted()
  const { version, bytes, link } = parseTarget(address, options.link)
  const socket = openInside(version, options.netns)
  try {
    const index = link === undefined ? 0 : resolveLink(socket, link)
    if (index !== 0) socket.bindToLink(index)
    if (options.ttl !== undefined) {
      checkRange('ttl', options.ttl, 1, 255)
      socket.setHops(options.ttl)
    }
    socket.connect(bytes, index, address)
    const asked: EchoPacket = {
      identifier: randomBytes(2).readUInt16LE(),
      sequence: 1,
      payload: payloadOf(size),
    }
    return await ask(socket, address, asked, timeout, signal)
  } finally {
    socket.close()
  }
}

function ask(
  socket: EchoSocket,
  address: string,
  asked: EchoPacket,
  timeout: number,
  signal: AbortSignal | undefined,
): Promise<EchoReply> {
  const memory = new Uint8Array(asked.payload.length + 128)
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const sent = socket.send(encodeEchoRequest(socket.version, asked))
    if (sent < 0) throw new SystemError('send', -sent, address)

    /** Reads all that is there; on one's own machine the answer lies there already. */
    const poll = (): boolean => {
      for (;;) {
        const { length, ttl } = socket.receive(memory)
        if (length === -EINTR) continue
        if (length === -EAGAIN) return false
        if (length < 0) throw new SystemError('receive', -length, address)
        const reply = match(socket, memory.subarray(0, length), asked)
        if (reply === undefined) continue
        resolve({ address, bytes: reply.bytes, ttl: reply.ttl ?? ttl, time: performance.now() - began })
        return true
      }
    }
    if (poll()) return

    const over = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', aborted)
      socket.onReadable(undefined)
    }
    const aborted = () => {
      over()
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      over()
      reject(new EchoTimeoutError(address, timeout))
    }, timeout)
    signal?.addEventListener('abort', aborted)
    socket.onReadable(() => {
      try {
        if (poll()) over()
      } catch (error) {
        over()
        reject(error)
      }
    })
  })
}

/** A raw socket hears every answer that comes to this namespace: the payload says which is one's own. */
function match(socket: EchoSocket, packet: Uint8Array, asked: EchoPacket) {
  const stripped = socket.headed ? stripIpv4Header(packet) : { payload: packet, ttl: undefined }
  const reply = stripped && decodeEchoReply(socket.version, stripped.payload)
  if (reply === undefined || reply.sequence !== asked.sequence) return undefined
  if (Buffer.compare(reply.payload.subarray(0, NONCE), asked.payload.subarray(0, NONCE)) !== 0)
    return undefined
  return { bytes: stripped?.payload.length ?? 0, ttl: stripped?.ttl }
}

function parseTarget(address: string, link: LinkRef | undefined) {
  const parsed = parseZonedAddress(address)
  if (parsed === undefined) {
    throw new ArgumentError('address', address, 'an IPv4 or IPv6 address, such as 192.0.2.1 or fe80::1%eth0')
  }
  return { ...parsed, link: link ?? parsed.zone }
}

function openInside(version: 4 | 6, ref: NetnsRef | undefined): EchoSocket {
  if (ref === undefined) return new EchoSocket(version)
  using netns = Netns.open(ref)
  return netns.run(() => new EchoSocket(version))
}

function resolveLink(socket: EchoSocket, link: LinkRef): number {
  if (typeof link === 'number') return link
  const index = linkIndex(socket.fd, link)
  if (index < 0) throw new LinkNotFoundError('link', link)
  return index
}

function payloadOf(size: number): Uint8Array {
  const payload = new Uint8Array(size)
  payload.set(randomBytes(NONCE))
  return payload
}

function checkRange(argument: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new ArgumentError(argument, value, `a whole number from ${min} to ${max}`)
  }
}
