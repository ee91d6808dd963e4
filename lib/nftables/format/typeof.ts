import { ctDirection, ctKey, metaKey, type NftSetMessage } from '../../../protocol/index.js'
import { type Datatype, integerOf } from '../datatype.js'
import { padded } from '../datatypes.js'
import { ctKeyOf } from '../expressions/ct.js'
import { metaKeys } from '../expressions/meta.js'
import { type HeaderField, type HeaderName, headers } from '../headers.js'

type Userdata = NonNullable<NftSetMessage['userdata']>
type Typeof = NonNullable<Userdata['keyTypeof']>

/** The types of keys or values, and nft(8)'s text for them: `typeof ip dscp`, `type ipv4_addr . inet_service`. */
export interface ElementType {
  readonly types: readonly Datatype[]
  readonly text: string
}

interface Operand {
  readonly type: Datatype
  readonly text: string
}

/** libnftables: enum expr_types */
const EXPR = { payload: 7, meta: 9, ct: 12, concat: 13 } as const

/** The headers by libnftables' numbers, and the fields whose number is not their position. libnftables: src/proto.c */
const HEADERS: readonly (HeaderName | undefined)[] = [
  undefined,
  'ah',
  'esp',
  'comp',
  'icmp',
  'igmp',
  'udp',
  'udplite',
  'tcp',
  'dccp',
  'sctp',
  'th',
  'ip',
  'ip6',
  'icmpv6',
  'arp',
  'vlan',
  'ether',
]
const FIELDS: Readonly<Partial<Record<HeaderName, readonly string[]>>> = {
  igmp: ['type', 'checksum', 'mrt', 'group'],
  icmpv6: ['type', 'code', 'checksum', '', 'mtu', 'id', 'sequence', 'max-delay'],
  vlan: ['pcp', 'dei', 'dei', 'id', 'type'],
}

/** The types of a set that was declared by `typeof`; undefined if it was not, or nft(8)'s text is not known. */
export function declaredTypes(given: Typeof | undefined, length: number): ElementType | undefined {
  if (given === undefined) return undefined
  const operands = given.expr === EXPR.concat ? concatenated(given.data) : [operandOf(given)]
  if (operands.length === 0 || operands.some((one) => one === undefined)) return undefined
  const known = operands as readonly Operand[]
  const types = known.map(({ type }) => type)
  const own = types.length === 1 ? types[0]?.length : types.reduce((sum, one) => sum + padded(one.length), 0)
  return own === length ? { types, text: `typeof ${known.map(({ text }) => text).join(' . ')}` } : undefined
}

function concatenated(data: Uint8Array | undefined): (Operand | undefined)[] {
  return entriesOf(data).map((field) => {
    const [expr, fieldData] = entriesOf(field)
    return operandOf({ ...(expr && { expr: numberOf(expr) }), ...(fieldData && { data: fieldData }) })
  })
}

function operandOf({ expr, data }: Typeof): Operand | undefined {
  const [first, second] = entriesOf(data).map(numberOf)
  if (expr === EXPR.payload) return payload(first, second)
  if (expr === EXPR.meta) {
    const key = nameOf(metaKey.names, first)
    return key !== undefined && Object.hasOwn(metaKeys, key)
      ? metaKeys[key as keyof typeof metaKeys]
      : undefined
  }
  if (expr !== EXPR.ct) return undefined
  return ctKeyOf(nameOf(ctKey.names, first), nameOf(ctDirection.names, second))
}

function payload(desc = 0, index = 0): Operand | undefined {
  const header = HEADERS[desc]
  if (header === undefined) return undefined
  const fields: Readonly<Record<string, HeaderField>> = headers[header].fields
  const name = (FIELDS[header] ?? Object.keys(fields))[index - 1]
  const field = name === undefined ? undefined : fields[name]
  return field && { type: field.type, text: `${header} ${name}` }
}

/** User data within user data: the entries by their types, each a u8 type, a u8 length and a value. */
function entriesOf(data: Uint8Array | undefined): Uint8Array[] {
  const entries: Uint8Array[] = []
  for (let at = 0; data && at + 2 <= data.length; at += 2 + (data[at + 1] as number)) {
    entries[data[at] as number] = data.subarray(at + 2, at + 2 + (data[at + 1] as number))
  }
  return entries
}

const numberOf = (bytes: Uint8Array) => integerOf(bytes, false)

const nameOf = (names: Readonly<Record<string, number>>, number: number | undefined) =>
  Object.entries(names).find(([, one]) => one === number)?.[0]
