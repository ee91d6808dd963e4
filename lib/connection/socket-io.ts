import { controlType, decodeError, errno, MessageCursor } from '../../protocol/index.js'
import { SystemError } from '../errors.js'
import type { Batch } from './batch.js'
import { TimeoutError } from './errors.js'
import type { Job, Reason } from './job.js'
import { Queue, type QueueIo } from './queue.js'
import { growReceiveMemory, received } from './receive-memory.js'
import { tickBudgetSpent } from './tick.js'
import type { Transport } from './transport.js'

const RESOLVED = Promise.resolve()

/**
 * Sends the batches of a queue over a socket, and passes their answers to the queue. The kernel carries requests out
 * within `send`, so the answers are read immediately afterwards; polling covers late answers.
 */
export class SocketIo implements QueueIo {
  readonly queue: Queue
  readonly #transport: Transport
  readonly #timeout: number
  readonly #cursor = new MessageCursor()
  #deadline: NodeJS.Timeout | undefined
  readonly #due = () => this.queue.due()

  /** @param timeout how long to wait for an answer, ms */
  constructor(transport: Transport, timeout: number) {
    this.#transport = transport
    this.#timeout = timeout
    this.queue = new Queue(this)
  }

  get receiveBuffer(): number {
    return this.#transport.receiveBuffer
  }

  tickBudgetSpent(): boolean {
    return tickBudgetSpent()
  }

  schedule(): void {
    // `queueMicrotask` costs five times as much, because it propagates the asynchronous context.
    if (tickBudgetSpent()) setImmediate(this.#due)
    else RESOLVED.then(this.#due)
  }

  send(batch: Batch): void {
    const sent = this.#sendNow(batch)
    if (sent < 0) this.queue.fail([batch], failed('send', -sent))
    else this.poll()
  }

  sendAsync(batch: Batch): void {
    batch.sentAt = performance.now()
    this.#transport.sendAsync(batch.out.written()).then(
      (count) => this.#sent(batch, count),
      (error) => this.#sent(batch, 0, () => error),
    )
  }

  /** Reads until everything in flight is answered, or there is nothing to read. */
  poll(): void {
    this.queue.reading = true
    this.#readAll()
    this.queue.reading = false
  }

  #readAll(): void {
    const { queue } = this
    const transport = this.#transport
    while (queue.inFlight.length > 0) {
      const length = transport.receive(received.bytes)
      if (length >= 0) {
        // Only the kernel has the port 0: other processes can send to this socket as well.
        if (transport.sender === 0) this.#read(length)
      } else if (length === -errno.ENOBUFS) queue.lose()
      else if (length === -errno.EAGAIN) {
        queue.drained()
        return
      } else if (length !== -errno.EINTR) {
        queue.fail(queue.inFlight, failed('receive', -length))
        return
      }
    }
  }

  setPolling(polling: boolean): void {
    const onReadable = () => {
      this.poll()
      this.queue.advance()
    }
    this.#transport.onReadable(polling ? onReadable : undefined)
  }

  setDeadline(oldest: Batch | undefined): void {
    clearTimeout(this.#deadline)
    if (oldest === undefined) return
    oldest.sentAt ??= performance.now()
    this.#wait(oldest.sentAt + this.#timeout - performance.now())
  }

  /** Waits for the deadline of the oldest batch; from then on, for the next one. */
  #wait(remaining: number): void {
    this.#deadline = setTimeout(() => {
      this.#wait(this.#timeout)
      this.queue.overdue(({ name }) => new TimeoutError(name, this.#timeout))
    }, remaining)
  }

  #sent(batch: Batch, count: number, failure?: Reason): void {
    const sent = count === -errno.EINTR ? this.#sendNow(batch) : count
    this.queue.sent(batch, sent < 0 ? failed('send', -sent) : failure)
    this.poll()
    this.queue.advance()
  }

  #sendNow({ out }: Batch): number {
    for (;;) {
      const sent = this.#transport.send(out.bytes, out.at)
      if (sent !== -errno.EINTR) return sent
    }
  }

  #read(length: number): void {
    const { queue } = this
    if (length > received.bytes.length) {
      this.#tooLong(length)
      return
    }
    const cursor = this.#cursor.begin(received.view, length)
    while (cursor.next()) {
      const { type } = cursor
      if (type !== controlType.error && type <= controlType.overrun) continue
      const job = queue.take(cursor.sequence)
      if (job !== undefined && this.#settles(job, cursor)) queue.answered(job)
    }
  }

  /** A datagram was truncated: the question that it answers is asked again, with more memory. */
  #tooLong(length: number): void {
    const cursor = this.#cursor.begin(received.view, Number.MAX_SAFE_INTEGER)
    const job = cursor.next() ? this.queue.take(cursor.sequence) : undefined
    growReceiveMemory(length)
    if (job !== undefined) this.queue.missed(job, failed('receive', errno.EMSGSIZE))
  }

  /** Gives a message to the job that it answers; true when that has all its answers. */
  #settles(job: Job, { type, flags, sequence, payload, payloadLength }: MessageCursor): boolean {
    if (job.state === 'abandoned') return true
    const index = (sequence - job.first) >>> 0
    const { view } = received
    try {
      return type === controlType.error
        ? job.acknowledge(index, decodeError(view, payload, payloadLength, flags), this.queue)
        : job.reply(index, type, view, payload, payloadLength)
    } catch (error) {
      job.fail(() => error)
      return true
    }
  }
}

/** Errors of a system call that concerns all requests of a batch. */
function failed(syscall: 'send' | 'receive', number: number): Reason {
  return ({ name, subject }) => new SystemError(`${syscall} ${name}`, number, subject)
}
