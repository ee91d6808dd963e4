import { errorGuard, inspect, RtnetlinkError } from '../../protocol/errors.js'
import {
  beginMessage,
  describeErrno,
  type ErrorMessage,
  endMessage,
  errno,
  errnoName,
  type Parent,
  type Policy,
  Writer,
} from '../../protocol/index.js'
import { PRIVILEGE_HINT } from '../errors.js'
import type { Request } from './request.js'

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
  /** The refused request. */
  readonly request: RefusedRequest

  constructor(request: Request, answer: Pick<ErrorMessage, 'errno' | 'ack'>) {
    const { ack } = answer
    const location = locate(request, ack.offs)
    const attribute = location?.path.join('.') || undefined
    const missing = ack.missType === undefined ? undefined : nameMissing(request, ack.missType, ack.missNest)
    const code = errnoName(answer.errno)
    const subject = request.subject === undefined ? request.name : `${request.name} ${request.subject}`
    const explanation =
      ack.msg ?? (answer.errno === errno.EPERM ? PRIVILEGE_HINT : describeErrno(answer.errno))
    const details = [
      attribute && `${attribute} = ${inspect(valueAt(request.value, location?.path ?? []))}`,
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
    this.request = { name: request.name, value: request.value as RefusedRequest['value'] }
  }
}

export const isNetlinkError = errorGuard<NetlinkError>('NetlinkError')

/** Maps the kernel's refusal to the error that the caller gets. */
export function refusalOf(request: Request, answer: Pick<ErrorMessage, 'errno' | 'ack'>): Error {
  const error = new NetlinkError(request, answer)
  return request.refused?.(error) ?? error
}

/** Encodes the request again to find the attribute at the kernel's offset, so that sending need not record offsets. */
function locate(request: Request, offset: number | undefined) {
  if (offset === undefined) return undefined
  const out = new Writer()
  const start = beginMessage(out, request.type, 0, 0)
  const payload = out.at
  const value = request.value as Parent
  request.codec.encode(out, value as never, value)
  endMessage(out, start)
  return request.codec.locate?.(out.view, payload, out.at - payload, offset, value)
}

function nameMissing(request: Request, type: number, nest: number | undefined): string {
  const location = locate(request, nest)
  const codec = nest === undefined ? request.codec : location?.codec
  const table = tableOf(codec)
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
