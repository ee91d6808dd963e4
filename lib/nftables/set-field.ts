import type { NftExpressionInput } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import type { NftValue } from './datatype.js'
import { WORK_REGISTER } from './expressions/expression.js'
import { loadConstant } from './expressions/immediate.js'
import { checksumOf, type Header } from './headers.js'
import { anyHeaders, headerSelector, maskOfBits, shifted } from './selector.js'
import type { NftRulePart } from './spec.js'
import { parseValue } from './values.js'

/**
 * Changes a field of a header, and the header's checksum with it. Checksums are sums of 16-bit words, so that where there
 * is one, whole words are changed; the bits beside the field are kept.
 */
export function setHeaderField(header: string, name: string, value: NftValue): NftRulePart {
  const text = `${header} ${name}`
  const field = headerSelector(header, name)
  const table = anyHeaders[header] as Header
  const { base, fields, checksum } = table
  const { offset: fieldOffset, bits } = fields[name] as (typeof fields)[string]
  const bytes = shifted(field, parseValue(field.type, value, text))
  const first = fieldOffset + ((bits?.[0] ?? 0) >> 3)
  const isWhole = bits === undefined
  const align = checksum === undefined ? 1 : 2
  const from = first - (first % align)
  const end = first + field.length
  const to = end + (end % align)
  const store: NftExpressionInput = {
    name: 'payload',
    data: {
      base,
      offset: from,
      len: to - from,
      sreg: WORK_REGISTER,
      ...checksumOf(table, name),
    },
  }
  if (isWhole && from === first && to === end)
    return [field.requires, loadConstant(WORK_REGISTER, bytes), store]
  const [mask, xor] = [new Uint8Array(to - from).fill(0xff), new Uint8Array(to - from)]
  const own = isWhole ? undefined : maskOfBits(bits, field.length)
  for (let i = 0; i < field.length; i++) {
    mask[first - from + i] = ~(own?.[i] ?? 0xff) & 0xff
    xor[first - from + i] = bytes[i] as number
  }
  return [
    field.requires,
    { name: 'payload', data: { base, offset: from, len: to - from, dreg: WORK_REGISTER } },
    {
      name: 'bitwise',
      data: {
        sreg: WORK_REGISTER,
        dreg: WORK_REGISTER,
        len: to - from,
        mask: { value: mask },
        xor: { value: xor },
      },
    },
    store,
  ]
}

/** @throws {@link ArgumentError} when there is no such field */
export function splitFieldName(text: unknown): readonly [header: string, field: string] {
  const known = Object.entries(anyHeaders).flatMap(([header, { fields }]) =>
    Object.keys(fields).map((field) => [header, field] as const),
  )
  const found = known.find(([header, field]) => `${header} ${field}` === text)
  if (found !== undefined) return found
  throw new ArgumentError('field', text, 'a field of a header, such as "ip ttl"')
}
