import type { NftExpressionData } from '../../../protocol/index.js'
import { constantText, valueText } from '../format/assignment.js'
import { isOpposite, loadedBit } from '../format/bits.js'
import { headerFields, rawField } from '../format/packet.js'
import type { RegisterValue } from '../format/registers.js'
import { fieldAt, type Source, type SourceField, wholeField } from '../format/source.js'
import type { RuleState } from '../format/state.js'
import { notExpressible } from '../format/values.js'
import { checksumOf, type Header, headers } from '../headers.js'
import type { ExpressionFormat } from './expression.js'

type Payload = NftExpressionData<'payload'>

/** `ip saddr`, or `@nh,96,32` for bytes that are not a known field; `ip ttl set 1` */
export const formatPayload: ExpressionFormat<'payload'> = (data, state) => {
  const source = payloadSource(data, state)
  if (source === undefined) return notExpressible('payload')
  if (data.sreg !== undefined) return formatWrite(data, source, state)
  return state.load(data.dreg, source)
}

function payloadSource({ base, offset = 0, len = 0 }: Payload, state: RuleState): Source | undefined {
  if (len === 0 || typeof base !== 'string') return undefined
  const start = 8 * offset
  const raw = () => rawField(base, start, 8 * len)
  const common = { name: 'payload', length: len, bigEndian: true, start, raw }
  if (base === 'inner' || base === 'tunnel') return { ...common, fields: [] }
  return { ...common, fields: headerFields(base, state.protocols), base }
}

/** A write of a field, together with the bits around it that stay as they are. */
function formatWrite(data: Payload, source: Source, state: RuleState): string {
  const value = state.registers.read(data.sreg)
  const written = value && writtenField(value, source)
  if (written === undefined || value === undefined) return notExpressible('payload')
  const { field } = written
  if (!hasOwnChecksum(data, field)) return notExpressible('payload')
  const text = written.constant
    ? constantText(field.type, written.constant)
    : valueText(state, value, field.type)
  if (text === undefined) return notExpressible('payload')
  state.removeDependencies(field.headers ?? [])
  return `${field.text} set ${text}`
}

interface Written {
  readonly field: SourceField
  readonly constant?: Uint8Array
}

function writtenField(value: RegisterValue, target: Source): Written | undefined {
  const bits = 8 * target.length
  const whole = wholeField(target) ?? target.raw?.()
  if (value.constant) {
    if (value.constant.length !== target.length) return undefined
    return whole && { field: whole, constant: value.constant }
  }
  const isSame = samePlace(value.source, target)
  if (value.bits === undefined || !isSame) return isSame ? undefined : whole && { field: whole }
  const stays = (i: number) => loadedBit(value.bits?.[i] ?? 0) === i && !isOpposite(value.bits?.[i] ?? 0)
  const changed = Array.from({ length: bits }, (_, i) => i).filter((i) => !stays(i))
  const [first = 0] = changed
  const count = (changed.at(-1) ?? -1) - first + 1
  if (changed.some((i) => loadedBit(value.bits?.[i] ?? 0) !== undefined)) return undefined
  // The narrowest field that has all bits that change; those of it that stay have to be constants as well.
  const field = fieldAt(target, first, count)
  if (field === undefined || changed.length !== count) return undefined
  const constant = new Uint8Array(field.type.length)
  for (const i of changed) {
    const at = 8 * field.type.length - count + i - first
    if (value.bits[i] === 1) constant[at >> 3] = (constant[at >> 3] as number) | (0x80 >> (at & 7))
  }
  return { field, constant }
}

const samePlace = (a: Source, b: Source) => a.base !== undefined && a.base === b.base && a.start === b.start

/** Whether the kernel updates just the checksums that nft(8) has it update. */
function hasOwnChecksum(data: Payload, { headers: [name] = [], text }: SourceField): boolean {
  const { csumType = 'none', csumOffset = 0, csumFlags = 0 } = data
  const own = checksumOf(name ? headers[name] : NO_HEADER, text.slice((name?.length ?? 0) + 1))
  return csumType === own.csumType && csumOffset === own.csumOffset && csumFlags === own.csumFlags
}

/** Of bytes that are no field, no checksum is known. */
const NO_HEADER: Header = { base: 'transport', fields: {} }
