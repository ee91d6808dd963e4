import type { NftExpressionInput } from '../../../protocol/index.js'
import type { Datatype } from '../datatype.js'
import { packetInteger } from '../datatypes.js'
import { formatValue } from '../format/values.js'
import { fieldAt, type HeaderField, type Layer } from '../headers.js'
import { type ExpressionFormat, notExpressible, WORK_REGISTER } from './expression.js'

export const loadPayload = (base: Layer, { offset, type }: HeaderField): NftExpressionInput => ({
  name: 'payload',
  data: { base, offset, len: type.length, dreg: WORK_REGISTER },
})

/** nft(8)'s names for the bases of raw payload expressions: `@th,16,16`. */
const BASES: Readonly<Record<string, string>> = { link: 'll', network: 'nh', transport: 'th', inner: 'ih' }

/** `ip saddr`, or `@nh,96,32` for bytes that are not a known field; `ip ttl set 1` */
export const formatPayload: ExpressionFormat<'payload'> = (data, state) => {
  const { dreg, base, offset = 0, len = 0, sreg } = data
  const field = fieldAt(data, state.protocols)
  const text = field?.text ?? `@${BASES[String(base)] ?? base},${offset * 8},${len * 8}`
  if (sreg !== undefined) {
    const { constant } = state.loaded(sreg) ?? {}
    return constant
      ? `${text} set ${formatValue(field?.type ?? packetInteger(len), constant)}`
      : notExpressible('payload')
  }
  if (field === undefined) return state.load(dreg, { text, type: packetInteger(len) })
  // The text of a field names its protocol.
  state.removeDependency(field.header.base)
  if (field.header.impliesNetwork) state.removeDependency('network')
  const { dependency } = field
  return state.load(dreg, { text, type: leadingBytes(field.type, len), ...(dependency && { dependency }) })
}

/** The type of the first bytes of an address, which nft(8) writes as a prefix. */
function leadingBytes(type: Datatype, length: number): Datatype {
  if (type.length <= length) return type
  return {
    ...type,
    format(bytes) {
      const address = new Uint8Array(type.length)
      address.set(bytes)
      return `${type.format(address)}/${8 * bytes.length}`
    },
  }
}
