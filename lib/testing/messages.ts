import { align } from '../../protocol/codec/align.js'
import {
  type AnyCodec,
  controlType,
  type ErrnoName,
  errno,
  HEADER_SIZE,
  messageFlag,
  viewOf,
  Writer,
} from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'

/** A request as the fake kernel received it. */
export interface FakeRequest {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  readonly payload: Uint8Array
}

/** The bytes of one message. */
export function message(type: number, flags: number, sequence: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE + align(payload.length))
  const view = viewOf(bytes)
  view.setUint32(0, HEADER_SIZE + payload.length, true)
  view.setUint16(4, type, true)
  view.setUint16(6, flags, true)
  view.setUint32(8, sequence, true)
  bytes.set(payload, HEADER_SIZE)
  return bytes
}

/** An acknowledgement (NLMSG_ERROR with the number 0). */
export function acknowledge(request: Pick<FakeRequest, 'sequence'>): Uint8Array {
  return errorMessage(request.sequence, 0)
}

/**
 * A refusal, by its name or its number: `refuse(request, 'EEXIST')`.
 * @throws {@link ArgumentError} when there is no such error: the number 0 would acknowledge the request
 */
export function refuse(request: Pick<FakeRequest, 'sequence'>, error: ErrnoName | number): Uint8Array {
  const number = typeof error === 'number' ? error : errno[error]
  if (!Number.isInteger(number) || number < 1) {
    throw new ArgumentError('error', error, 'the name or the number of an error, such as "EEXIST"')
  }
  return errorMessage(request.sequence, number)
}

/** A message that answers a request: its payload, or a value and the codec that encodes it. */
export function reply(request: Pick<FakeRequest, 'sequence'>, type: number, payload: Uint8Array): Uint8Array
export function reply(
  request: Pick<FakeRequest, 'sequence'>,
  type: number,
  value: object,
  codec: AnyCodec,
): Uint8Array
export function reply(
  request: Pick<FakeRequest, 'sequence'>,
  type: number,
  content: object,
  codec?: AnyCodec,
): Uint8Array {
  return message(type, 0, request.sequence, payloadOf(content, codec))
}

/**
 * The datagrams of a whole dump: one for the elements, and one for its end.
 * @param elements payloads, or values that the codec encodes
 */
export function dump(
  request: Pick<FakeRequest, 'sequence'>,
  type: number,
  elements: readonly object[],
  codec?: AnyCodec,
): Uint8Array[] {
  const { sequence } = request
  const parts = elements.map((one) => message(type, messageFlag.multi, sequence, payloadOf(one, codec)))
  const end = message(controlType.done, messageFlag.multi, sequence, new Uint8Array(4))
  return parts.length === 0 ? [end] : [concat(parts), end]
}

/** Messages in one datagram. */
export function concat(messages: readonly Uint8Array[]): Uint8Array {
  const out = new Writer()
  for (const one of messages) out.write(one)
  return out.written()
}

function payloadOf(content: object, codec: AnyCodec | undefined): Uint8Array {
  if (codec === undefined) return content as Uint8Array
  const out = new Writer()
  codec.encode(out, content as never, {})
  return out.written()
}

function errorMessage(sequence: number, number: number): Uint8Array {
  const payload = new Uint8Array(4 + HEADER_SIZE)
  viewOf(payload).setInt32(0, -number, true)
  viewOf(payload).setUint32(4 + 8, sequence, true)
  return message(controlType.error, messageFlag.capped, sequence, payload)
}
