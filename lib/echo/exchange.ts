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

const { EINTR, EAGAIN, ENOBUFS } = errno
/** The errors of a send when a queue is full. */
const FULL: readonly number[] = [EAGAIN, ENOBUFS]

/** Random bytes at the start of the payload, by which a reply is matched to its request. */
export const NONCE_SIZE = 8
/** An ICMP header and more than the longest IPv4 header. */
const HEADROOM = 128

/**
 * Pause between requests, ms. The first may be lost to a link that is not operational yet, or to a bridge port that does
 * not forward yet; ping(8) would send its second after a second.
 */
const INTERVAL_MS = 200
/** Sequence numbers are 16 bits wide. */
const SEQUENCES = 0x10000

export interface EchoReply {
  /** The address that was given. */
  readonly address: string
  /** Size of the reply with its ICMP header, in bytes. */
  readonly bytes: number
  /** The TTL or hop limit of the reply. */
  readonly ttl: number | undefined
  /** Round trip of the request that was answered, in milliseconds. */
  readonly time: number
}

/**
 * Sends echo requests through a connected socket until one is answered, one each 200 ms. Rejects with the signal's
 * reason when it is aborted.
 * @param size payload in bytes, at least `NONCE_SIZE`
 * @param timeout in milliseconds, from the first request
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
  const requests = new Requests(size)
  const memory = new Uint8Array(size + HEADROOM)

  /** Sends the next request. A queue that is full is no failure: the next one is sent later. */
  const send = () => {
    const sent = socket.send(requests.next(socket.version))
    if (sent < 0 && !FULL.includes(-sent)) throw new SystemError('send', -sent, address)
  }

  /** Reads all waiting packets up to the first reply. */
  const receive = (): EchoReply | undefined => {
    for (;;) {
      const { length, ttl } = socket.receive(memory)
      if (length === -EINTR) continue
      if (length === -EAGAIN) return undefined
      if (length < 0) throw new SystemError('recvmsg', -length, address)
      const reply = requests.match(socket, memory.subarray(0, length))
      if (reply !== undefined) return { address, bytes: reply.bytes, ttl: reply.ttl ?? ttl, time: reply.time }
    }
  }

  return new Promise((resolve, reject) => {
    const deadline = performance.now() + timeout
    send()
    // A local address replies within `send`.
    const reply = receive()
    if (reply !== undefined) return resolve(reply)

    /** Ends the wait when `act` returns a reply or throws. */
    const attempt = (act: () => EchoReply | undefined) => () => {
      try {
        const reply = act()
        if (reply === undefined) return
        stop()
        resolve(reply)
      } catch (error) {
        stop()
        reject(error)
      }
    }
    const again = attempt(() => {
      // The reply may be there already when the event loop was busy. No request is sent that could not be answered.
      const reply = receive()
      if (reply === undefined && performance.now() < deadline) send()
      return reply
    })
    const end = attempt(() => {
      const reply = receive()
      if (reply === undefined) throw new EchoTimeoutError(address, timeout)
      return reply
    })
    const onAbort = attempt(() => {
      throw signal?.reason
    })
    const timer = setTimeout(end, timeout)
    const interval = setInterval(again, INTERVAL_MS)
    signal?.addEventListener('abort', onAbort)
    socket.onReadable(attempt(receive))

    function stop() {
      clearInterval(interval)
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      socket.onReadable(undefined)
    }
  })
}

/** The requests of one exchange: alike, but for their sequence numbers. */
class Requests {
  readonly #identifier = randomBytes(2).readUInt16LE()
  readonly #payload: Uint8Array
  readonly #nonce = randomBytes(NONCE_SIZE)
  /** When the request with each sequence number was sent. */
  readonly #sentAt = new Map<number, number>()
  #sequence = 0

  constructor(size: number) {
    this.#payload = new Uint8Array(size)
    this.#payload.set(this.#nonce)
  }

  /** The packet of the next request. */
  next(version: 4 | 6): Uint8Array {
    this.#sequence = (this.#sequence + 1) % SEQUENCES
    this.#sentAt.set(this.#sequence, performance.now())
    return encodeEchoRequest(version, {
      identifier: this.#identifier,
      sequence: this.#sequence,
      payload: this.#payload,
    })
  }

  /** A raw socket receives the echo replies of the whole namespace: the nonce identifies those to these requests. */
  match(socket: EchoSocket, packet: Uint8Array): Pick<EchoReply, 'bytes' | 'ttl' | 'time'> | undefined {
    const stripped = socket.hasIpHeader ? stripIpv4Header(packet) : { payload: packet, ttl: undefined }
    const reply = stripped && decodeEchoReply(socket.version, stripped.payload)
    if (reply === undefined || !nonceOf(reply).equals(this.#nonce)) return undefined
    const sentAt = this.#sentAt.get(reply.sequence)
    if (sentAt === undefined) return undefined
    return {
      bytes: stripped?.payload.length ?? 0,
      ttl: stripped?.ttl,
      time: performance.now() - sentAt,
    }
  }
}

function nonceOf({ payload }: EchoPacket): Buffer {
  return Buffer.from(payload.buffer, payload.byteOffset, Math.min(payload.length, NONCE_SIZE))
}
