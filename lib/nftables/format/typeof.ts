import { ctDirection, ctKey, metaKey, type NftSetMessage, rtKey, socketKey } from '../../../protocol/index.js'
import { type Datatype, integerOf } from '../datatype.js'
import { datatypes, keyLength } from '../datatypes.js'
import { ctKeyOf } from '../expressions/ct.js'
import { metaKeys } from '../expressions/meta.js'
import { rtKeyOf } from '../expressions/rt.js'
import { socketKeyOf } from '../expressions/socket.js'
import { extensionGroups } from '../extension-headers.js'
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
const EXPR = { payload: 7, exthdr: 8, meta: 9, socket: 10, osf: 11, ct: 12, concat: 13, rt: 25 } as const

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
  return keyLength(types) === length
    ? { types, text: `typeof ${known.map(({ text }) => text).join(' . ')}` }
    : undefined
}

function concatenated(data: Uint8Array | undefined): (Operand | undefined)[] {
  return entriesOf(data).map((field) => {
    const [expr, fieldData] = entriesOf(field)
    return operandOf({ ...(expr && { expr: numberOf(expr) }), ...(fieldData && { data: fieldData }) })
  })
}

function operandOf({ expr, data }: Typeof): Operand | undefined {
  const [first = 0, second, third] = entriesOf(data).map(numberOf)
  switch (expr) {
    case EXPR.payload:
      return payload(first, second)
    case EXPR.exthdr:
      return extension(first, second, third)
    case EXPR.meta: {
      const key = nameOf(metaKey.names, first)
      return Object.hasOwn(metaKeys, key ?? '') ? metaKeys[key as keyof typeof metaKeys] : undefined
    }
    case EXPR.ct:
      return ctKeyOf(nameOf(ctKey.names, first), nameOf(ctDirection.names, second))
    case EXPR.socket:
      return socketKeyOf(nameOf(socketKey.names, first))
    case EXPR.rt:
      return rtKeyOf(nameOf(rtKey.names, first))
    case EXPR.osf:
      return { type: datatypes.string, text: 'osf name' }
    default:
      return undefined
  }
}

function payload(desc = 0, index = 0): Operand | undefined {
  const header = HEADERS[desc]
  if (header === undefined) return undefined
  const fields: Readonly<Record<string, HeaderField>> = headers[header].fields
  const name = (FIELDS[header] ?? Object.keys(fields))[index - 1]
  const field = name === undefined ? undefined : fields[name]
  return field && { type: field.type, text: `${header} ${name}` }
}

/** The kinds of extensions by libnftables' numbers. */
const EXTENSION_KINDS = ['ipv6', 'tcpopt', 'ipv4', 'sctp'] as const
/** IPv6 extension headers by libnftables' numbers; the others have their own. libnftables: include/exthdr.h */
const IPV6_EXTENSIONS = [undefined, 'hbh', 'rt', 'rt0', 'rt2', 'srh', 'frag', 'dst', 'mh']
const IPV4_FIELDS = ['', 'type', 'length', 'value', 'ptr', 'addr']

function extension(number: number, index = 0, kind = 0): Operand | undefined {
  const op = EXTENSION_KINDS[kind]
  if (op === 'ipv6' && IPV6_EXTENSIONS[number] === 'rt0') {
    // Its addresses are listed as those of a newer routing header, at the same places.
    return { type: datatypes.ipv6_addr, text: `rt0 addr[${index - 1}]` }
  }
  const group = op && extensionGroups[op]
  if (group === undefined) return undefined
  const fields = Object.entries(group.extensions)
    .filter(([name, one]) => (op === 'ipv6' ? IPV6_EXTENSIONS[number] === name : one.number === number))
    .flatMap(([name, one]) => Object.entries(one.fields).map(([field, { type }]) => ({ name, field, type })))
  const found =
    op === 'ipv4'
      ? fields.find(({ field }) => field === IPV4_FIELDS[index])
      : fields[op === 'sctp' ? index : index - 1]
  return found && { type: found.type, text: `${group.prefix}${found.name} ${found.field}` }
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
