import { randomBytes } from 'node:crypto'
import {
  decodeEchoReply,
  type EchoPacket,
  encodeEchoRequest,
  errno,
  stripIpv4Header,
} from '../../protocol/index.js'
import { SystemError } from '../errors.js'
import type { EchoSocket } from '../ffi/echo-socket.js'
import { EchoTimeoutError } from './errors.js'

const { EINTR, EAGAIN } = errno

/** Random bytes at the start of the payload, by which a reply is matched to its request. */
export const NONCE_SIZE = 8
/** An ICMP header and more than the longest IPv4 header. */
const HEADROOM = 128

export interface EchoReply {
  /** The address that was given. */
  readonly address: string
  /** Size of the reply with its ICMP header, in bytes. */
  readonly bytes: number
  /** The TTL or hop limit of the reply. */
  readonly ttl: number | undefined
  /** Round trip, in milliseconds. */
  readonly time: number
}

/**
 * Sends an echo request through a connected socket and waits for its reply. Rejects with the signal's reason when it
 * is aborted.
 * @param size payload in bytes, at least `NONCE_SIZE`
 * @param timeout in milliseconds
 * @throws {@link EchoTimeoutError} when no reply arrives in time
 * @throws {@link SystemError} when sending fails, or an ICMP error arrives
 */
export function exchange(
  socket: EchoSocket,
  address: string,
  size: number,
  timeout: number,
  signal: AbortSignal | undefined,
): Promise<EchoReply> {
  const request = requestOf(size)
  const memory = new Uint8Array(size + HEADROOM)
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const sent = socket.send(encodeEchoRequest(socket.version, request))
    if (sent < 0) throw new SystemError('send', -sent, address)

    /** Reads all waiting packets; returns true when the reply was among them. */
    const receiveReply = (): boolean => {
      for (;;) {
        const { length, ttl } = socket.receive(memory)
        if (length === -EINTR) continue
        if (length === -EAGAIN) return false
        if (length < 0) throw new SystemError('recvmsg', -length, address)
        const reply = matchReply(socket, memory.subarray(0, length), request)
        if (reply === undefined) continue
        resolve({ address, bytes: reply.bytes, ttl: reply.ttl ?? ttl, time: performance.now() - started })
        return true
      }
    }
    // A local address replies within `send`.
    if (receiveReply()) return

    const stop = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      socket.onReadable(undefined)
    }
    const onAbort = () => {
      stop()
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      stop()
      reject(new EchoTimeoutError(address, timeout))
    }, timeout)
    signal?.addEventListener('abort', onAbort)
    socket.onReadable(() => {
      try {
        if (receiveReply()) stop()
      } catch (error) {
        stop()
        reject(error)
      }
    })
  })
}

function requestOf(size: number): EchoPacket {
  const payload = new Uint8Array(size)
  payload.set(randomBytes(NONCE_SIZE))
  return { identifier: randomBytes(2).readUInt16LE(), sequence: 1, payload }
}

/** A raw socket receives the echo replies of the whole namespace: the nonce identifies the reply to this request. */
function matchReply(socket: EchoSocket, packet: Uint8Array, request: EchoPacket) {
  const stripped = socket.hasIpHeader ? stripIpv4Header(packet) : { payload: packet, ttl: undefined }
  const reply = stripped && decodeEchoReply(socket.version, stripped.payload)
  if (reply === undefined || reply.sequence !== request.sequence) return undefined
  if (nonceOf(reply).compare(nonceOf(request)) !== 0) return undefined
  return { bytes: stripped?.payload.length ?? 0, ttl: stripped?.ttl }
}

function nonceOf({ payload }: EchoPacket): Buffer {
  return Buffer.from(payload.buffer, payload.byteOffset, Math.min(payload.length, NONCE_SIZE))
}
