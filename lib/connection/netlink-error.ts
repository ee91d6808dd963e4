import { errorGuard, inspect, RtnetlinkError } from '../../protocol/errors.js'
import {
  type AnyCodec,
  describeErrno,
  type ErrorMessage,
  errno,
  errnoName,
  HEADER_SIZE,
  type Located,
  type Policy,
  viewOf,
} from '../../protocol/index.js'
import { privilegeHint } from '../privilege.js'
import { NO_PARENT, type Request } from './request.js'

/** The request that the kernel refused: the name of its message, and its content. */
export interface RefusedRequest {
  readonly name: string
  readonly value: Readonly<Record<string, unknown>>
}

/** The kernel refused a request. */
export class NetlinkError extends RtnetlinkError {
  override readonly name = 'NetlinkError'
  /** The name of the error number: `'EEXIST'`. */
  readonly code: string
  readonly errno: number
  /** The kernel's own explanation, if it gave one. */
  readonly kernelMessage: string | undefined
  /** The path of the attribute that the kernel objects to: `linkinfo.data.id`. */
  readonly attribute: string | undefined
  /** The path of an attribute that the kernel requires and the request lacks. */
  readonly missing: string | undefined
  /** The values that the kernel accepts. */
  readonly policy: Policy | undefined
  readonly #name: string
  readonly #codec: AnyCodec
  readonly #payload: Uint8Array

  /** @param message the bytes of the request that was refused */
  constructor(
    request: Pick<Request, 'name' | 'subject' | 'codec' | 'given'>,
    answer: Pick<ErrorMessage, 'errno' | 'ack'>,
    message: Uint8Array,
  ) {
    const { ack } = answer
    const { codec } = request
    const payload = message.slice(HEADER_SIZE)
    const location = ack.offs === undefined ? undefined : locate(codec, payload, ack.offs)
    const given = location && request.given?.(location.path)
    const attribute = given?.argument ?? (location?.path.join('.') || undefined)
    const text = () => given?.text ?? inspect(valueAt(decodeRequest(codec, payload), location?.path ?? []))
    const missing =
      ack.missType === undefined ? undefined : nameMissing(codec, payload, ack.missType, ack.missNest)
    const code = errnoName(answer.errno)
    const subject = request.subject === undefined ? request.name : `${request.name} ${request.subject}`
    const explanation =
      ack.msg ?? (answer.errno === errno.EPERM ? privilegeHint() : describeErrno(answer.errno))
    const details = [
      attribute && `${attribute} = ${text()}`,
      missing && `${missing} is missing`,
      ack.policy && describePolicy(ack.policy),
    ].filter(Boolean)
    super(`${subject}: ${code}: ${explanation}${details.length > 0 ? ` (${details.join('; ')})` : ''}`)
    this.code = code
    this.errno = answer.errno
    this.kernelMessage = ack.msg
    this.attribute = attribute
    this.missing = missing
    this.policy = ack.policy
    this.#name = request.name
    this.#codec = codec
    this.#payload = payload
  }

  /** The refused request, decoded from what was sent. */
  get request(): RefusedRequest {
    return { name: this.#name, value: decodeRequest(this.#codec, this.#payload) }
  }
}

export const isNetlinkError = errorGuard<NetlinkError>('NetlinkError')

/** Maps the kernel's refusal to the error that the caller gets. */
export function refusalOf(
  request: Request,
  answer: Pick<ErrorMessage, 'errno' | 'ack'>,
  message: Uint8Array,
): Error {
  const error = new NetlinkError(request, answer, message)
  return request.refused?.(error) ?? error
}

/** A request as it was sent. The values of a codec that only encodes are not known. */
function decodeRequest(codec: AnyCodec, payload: Uint8Array): RefusedRequest['value'] {
  try {
    return codec.decode(viewOf(payload), 0, payload.length, NO_PARENT) as RefusedRequest['value']
  } catch {
    return NO_PARENT
  }
}

/** What lies at an offset of the message, as the kernel counts: from the start of its header. */
function locate(codec: AnyCodec, payload: Uint8Array, offset: number): Located | undefined {
  const target = offset - HEADER_SIZE
  return codec.locate?.(viewOf(payload), 0, payload.length, target, decodeRequest(codec, payload))
}

function nameMissing(codec: AnyCodec, payload: Uint8Array, type: number, nest: number | undefined): string {
  const location = nest === undefined ? undefined : locate(codec, payload, nest)
  const table = tableOf(nest === undefined ? codec : location?.codec)
  const name = Object.entries(table).find(([, [number]]) => number === type)?.[0] ?? `attribute ${type}`
  return [...(location?.path ?? []), name].join('.')
}

type Table = Readonly<Record<string, readonly [number, unknown]>>

function tableOf(codec: unknown): Table {
  const declared = codec as { table?: Table; attributes?: { table: Table } } | undefined
  return declared?.table ?? declared?.attributes?.table ?? {}
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], value)
}

function describePolicy(policy: Policy): string | undefined {
  const min = policy.minValueU ?? policy.minValueS
  const max = policy.maxValueU ?? policy.maxValueS
  if (min !== undefined || max !== undefined) return `accepted: ${min ?? ''} to ${max ?? ''}`
  if (policy.minLength !== undefined || policy.maxLength !== undefined) {
    return `accepted: ${policy.minLength ?? 0} to ${policy.maxLength ?? 65531} bytes`
  }
  const mask = policy.mask ?? policy.bitfield32Mask
  return mask === undefined ? undefined : `accepted bits: 0x${mask.toString(16)}`
}
