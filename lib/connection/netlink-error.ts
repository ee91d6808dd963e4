import { errorGuard, inspect, RtnetlinkError } from '../../protocol/errors.js'
import {
  beginMessage,
  describeErrno,
  type ErrorMessage,
  endMessage,
  errnoName,
  type Parent,
  type Policy,
  Writer,
} from '../../protocol/index.js'
import { PRIVILEGE_HINT } from '../errors.js'
import type { Request } from './request.js'

const EPERM = 1

/** What was asked: the message's name and its content. */
export interface AskedFor {
  readonly name: string
  readonly value: Readonly<Record<string, unknown>>
}

/** The kernel refused a request. */
export class NetlinkError extends RtnetlinkError {
  override readonly name = 'NetlinkError'
  /** `'EEXIST'` and its kin. */
  readonly code: string
  readonly errno: number
  /** The kernel's own words, where it had any. */
  readonly kernelMessage: string | undefined
  /** The path of the attribute that the kernel points at: `linkinfo.data.id`. */
  readonly attribute: string | undefined
  /** The path of an attribute that the kernel wants and did not get. */
  readonly missing: string | undefined
  /** What the kernel would have accepted. */
  readonly policy: Policy | undefined
  /** What was asked. */
  readonly request: AskedFor

  constructor(request: Request, answer: Pick<ErrorMessage, 'errno' | 'ack'>) {
    const { errno, ack } = answer
    const place = locate(request, ack.offs)
    const attribute = place?.path.join('.') || undefined
    const missing = ack.missType === undefined ? undefined : nameMissing(request, ack.missType, ack.missNest)
    const code = errnoName(errno)
    const subject = request.subject === undefined ? request.name : `${request.name} ${request.subject}`
    const said = ack.msg ?? (errno === EPERM ? PRIVILEGE_HINT : describeErrno(errno))
    const details = [
      attribute && `${attribute} = ${inspect(valueAt(request.value, place?.path ?? []))}`,
      missing && `${missing} is missing`,
      ack.policy && describePolicy(ack.policy),
    ].filter(Boolean)
    super(`${subject}: ${code}: ${said}${details.length > 0 ? ` (${details.join('; ')})` : ''}`)
    this.code = code
    this.errno = errno
    this.kernelMessage = ack.msg
    this.attribute = attribute
    this.missing = missing
    this.policy = ack.policy
    this.request = { name: request.name, value: request.value as AskedFor['value'] }
  }
}

/** The error that a refusal is to the caller. */
export function refusalOf(request: Request, answer: Pick<ErrorMessage, 'errno' | 'ack'>): Error {
  const error = new NetlinkError(request, answer)
  return request.refused?.(error) ?? error
}

export const isNetlinkError = errorGuard<NetlinkError>('NetlinkError')

/** The request is written once more to find what lies at the kernel's offset: errors are rare, requests are not. */
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
  const place = locate(request, nest)
  const codec = nest === undefined ? request.codec : place?.codec
  const table = tableOf(codec)
  const name = Object.entries(table).find(([, [number]]) => number === type)?.[0] ?? `attribute ${type}`
  return [...(place?.path ?? []), name].join('.')
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
