import { type NftExpressionInput, nftRegister } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import type { Datatype, NftValue } from './datatype.js'
import { padded } from './datatypes.js'
import { compare } from './expressions/cmp.js'
import { type CtKeyName, ctKeys } from './expressions/ct.js'
import { WORK_REGISTER } from './expressions/expression.js'
import { type MetaKeyName, metaKeys } from './expressions/meta.js'
import { type Header, type HeaderField, headers, type Layer } from './headers.js'
import type { NftRuleContext, NftRulePart } from './spec.js'
import { unknownName } from './unknown-name.js'
import { isHostInteger } from './values.js'

/** Something of a packet that rules compare, look up in sets or take values from. */
export interface Selector {
  /** nft(8)'s text: `ip saddr`, `meta mark`. */
  readonly text: string
  readonly type: Datatype
  /** What limits the rule to packets that have it. */
  readonly requires: NftRulePart
  /** Loads it into a register. */
  load(register: number): readonly NftExpressionInput[]
  /** By how many bits the loaded value is to the left of its place, where a field does not fill its bytes. */
  readonly shift: number
  /** The length of what is loaded, bytes. */
  readonly length: number
}

type HeaderTable = typeof headers
/** The fields of a header that all messages of its protocol have. */
export type SelectableField<H extends keyof HeaderTable> = keyof {
  [F in keyof HeaderTable[H]['fields'] & string as HeaderTable[H]['fields'][F] extends {
    readonly ofSomeTypes: true
  }
    ? never
    : F]: true
} &
  string

type HeaderFieldName = {
  [H in keyof HeaderTable]: `${H} ${SelectableField<H>}`
}[keyof HeaderTable]
type MetaFieldName = (typeof metaKeys)[MetaKeyName]['text']
type CtFieldName = `ct ${(typeof ctKeys)[CtKeyName]['text']}`

/** A field of a packet by nft(8)'s text: `ip saddr`, `tcp dport`, `meta mark`, `iifname`, `ct state`. */
export type NftFieldName = HeaderFieldName | MetaFieldName | CtFieldName

/** A function that makes the selector of each text once: many rules are built from few fields. */
function cached<A extends string[]>(make: (...names: A) => Selector): (...names: A) => Selector {
  const made = new Map<string, Selector>()
  return (...names) => {
    const key = names.join(' ')
    let selector = made.get(key)
    if (selector === undefined) {
      selector = make(...names)
      made.set(key, selector)
    }
    return selector
  }
}

/** The selector of a meta key. */
export const metaSelector = cached((key: MetaKeyName): Selector => {
  const { text, type } = metaKeys[key]
  return whole(text, type, (dreg) => ({ name: 'meta', data: { key, dreg } }))
})

/** The selector of a key of connections. */
export const ctSelector = cached((key: CtKeyName): Selector => {
  const { text, type } = ctKeys[key]
  return whole(`ct ${text}`, type, (dreg) => ({ name: 'ct', data: { key, dreg } }))
})

/** A selector whose value fills its register. */
export function whole(
  text: string,
  type: Datatype,
  load: (register: number) => NftExpressionInput,
  requires: NftRulePart = [],
): Selector {
  return { text, type, requires, shift: 0, length: type.length, load: (register) => [load(register)] }
}

/** The headers, without the literal types of their fields. */
export const anyHeaders: Readonly<Record<string, Header>> = headers

/** Whether a field is in all messages of its protocol: those of some types would need a match of the type as well. */
export const isSelectable = (header: string, field: string) =>
  anyHeaders[header]?.fields[field]?.ofSomeTypes === undefined

/** The selector of a header's field. */
export const headerSelector = cached((header: string, name: string): Selector => {
  const { base, fields } = anyHeaders[header] as Header
  const { offset, type, bits } = fields[name] as HeaderField
  const text = `${header} ${name}`
  const requires = headerRequires(header)
  if (bits === undefined) {
    return whole(text, type, (dreg) => payload(base, offset, type.length, dreg), requires)
  }
  const [from, count] = bits
  const first = offset + (from >> 3)
  const length = ((from + count + 7) >> 3) - (from >> 3)
  const shift = 8 * length - (from % 8) - count
  const mask = maskOfBits(bits, length)
  return {
    text,
    type,
    requires,
    shift,
    length,
    load: (dreg) => [payload(base, first, length, dreg), masked(mask, dreg)],
  }
})

/** The bits of a field within the bytes that are loaded for it. */
export function maskOfBits([from, count]: readonly [number, number], length: number): Uint8Array {
  const mask = new Uint8Array(length)
  for (let i = from % 8; i < (from % 8) + count; i++)
    mask[i >> 3] = (mask[i >> 3] as number) | (0x80 >> (i & 7))
  return mask
}

const payload = (base: Layer, offset: number, len: number, dreg: number): NftExpressionInput => ({
  name: 'payload',
  data: { base, offset, len, dreg },
})

/** `register & mask` */
export const masked = (mask: Uint8Array, register: number): NftExpressionInput => ({
  name: 'bitwise',
  data: {
    sreg: register,
    dreg: register,
    len: mask.length,
    mask: { value: mask },
    xor: { value: new Uint8Array(mask.length) },
  },
})

const comparisons = new Map<string, readonly NftExpressionInput[]>()

/** Compares a meta key with a value by its name; made once for each. */
function metaIs(key: MetaKeyName, value: NftValue): readonly NftExpressionInput[] {
  const name = `${key} ${value}`
  let made = comparisons.get(name)
  if (made === undefined) {
    made = [...metaSelector(key).load(WORK_REGISTER), compare('eq', metaKeys[key].type.parse(value, key))]
    comparisons.set(name, made)
  }
  return made
}

/** Limits a rule to packets of one transport protocol. */
export const transportIs =
  (protocol: string): NftRulePart =>
  (rule: NftRuleContext) =>
    rule.requires('transport', protocol) ? metaIs('l4proto', protocol) : []

/** ARPHRD_ETHER. include/uapi/linux/if_arp.h */
const ETHERNET = 1

/** Limits a rule to packets with an Ethernet header. */
const isEthernet: NftRulePart = ({ family }: NftRuleContext) =>
  family === 'bridge' ? [] : metaIs('iiftype', ETHERNET)

/** Limits a rule to one network protocol, if its table sees others. */
export function networkIs(protocol: 'ip' | 'ip6' | 'arp'): NftRulePart {
  return (rule: NftRuleContext) => {
    const { family } = rule
    if (family === protocol) return []
    const seen = family === 'inet' ? protocol !== 'arp' : family === 'bridge' || family === 'netdev'
    if (!seen) {
      const name = { ip: 'IPv4', ip6: 'IPv6', arp: 'ARP' }[protocol]
      const article = protocol === 'arp' ? 'an ARP match' : `an ${name} match`
      const message = `${article} cannot be in a table of family ${family}, which sees no ${name}`
      throw new ArgumentError('expressions', article, `matches for family ${family}`, message)
    }
    if (!rule.requires('network', protocol)) return []
    if (family === 'inet') return metaIs('nfproto', protocol === 'ip' ? 'ipv4' : 'ipv6')
    return metaIs('protocol', protocol)
  }
}

/** What limits a rule to packets that have a header. */
function headerRequires(header: string): NftRulePart {
  if (header === 'ether') return isEthernet
  if (header === 'vlan') {
    const { fields } = headers.ether
    const type = fields.type.type.parse('8021q', 'ether type')
    return [
      isEthernet,
      payload('link', fields.type.offset, fields.type.type.length, WORK_REGISTER),
      compare('eq', type),
    ]
  }
  if (header === 'ip' || header === 'ip6' || header === 'arp') return networkIs(header)
  if (header === 'th') return []
  const { base, protocol = header, impliesNetwork } = anyHeaders[header] as Header
  if (base !== 'transport') return []
  const network = impliesNetwork === 'ip' || impliesNetwork === 'ip6' ? networkIs(impliesNetwork) : []
  return [network, transportIs(protocol)]
}

let selectors: Map<string, () => Selector> | undefined

/** The selectors by nft(8)'s text, made when they are first asked for. */
function byText(): Map<string, () => Selector> {
  if (selectors !== undefined) return selectors
  selectors = new Map()
  for (const [header, { fields }] of Object.entries(anyHeaders)) {
    for (const field of Object.keys(fields)) {
      if (isSelectable(header, field))
        selectors.set(`${header} ${field}`, () => headerSelector(header, field))
    }
  }
  for (const key of Object.keys(metaKeys) as MetaKeyName[]) {
    const make = () => metaSelector(key)
    selectors.set(metaKeys[key].text, make)
    selectors.set(`meta ${key}`, make)
  }
  for (const key of Object.keys(ctKeys) as CtKeyName[]) {
    selectors.set(`ct ${ctKeys[key].text}`, () => ctSelector(key))
  }
  return selectors
}

/** Whether a text is that of a field of packets. */
export const isFieldName = (text: unknown): text is NftFieldName =>
  typeof text === 'string' && byText().has(text)

/** @throws {@link ArgumentError} when there is no such field */
export function selectorOf(text: NftFieldName, argument: string): Selector {
  const make = byText().get(text)
  if (make === undefined) throw unknownName(argument, text, [...byText().keys()])
  return make()
}

/** @throws {@link ArgumentError} when there is no such field, or there are none */
export function selectorsOf(fields: NftFieldName | readonly NftFieldName[], argument: string): Selector[] {
  const names = typeof fields === 'string' ? [fields] : fields
  if (!Array.isArray(names) || names.length === 0) {
    throw new ArgumentError(argument, fields, 'a field of the packet such as "ip saddr", or an array of them')
  }
  return names.map((name: NftFieldName) => selectorOf(name, argument))
}

/** The number of the register that begins at a word of 4 bytes, as nft(8) writes it. */
const registerAt = (word: number) => (word % 4 === 0 ? nftRegister.reg1 + word / 4 : nftRegister.reg32 + word)

/** NFT_DATA_VALUE_MAXLEN, words of 4 bytes. */
const KEY_WORDS_MAX = 16

/**
 * Loads fields into consecutive registers, the first into the work register: a concatenation.
 * @param networkOrder whether integers in host order are converted, as sets of intervals need it
 * @throws {@link ArgumentError} when they do not fit
 */
export function loadKey(fields: readonly Selector[], networkOrder: boolean, argument: string): NftRulePart {
  let word = 0
  const loads = fields.map((field) => {
    const register = registerAt(word)
    word += padded(field.length) / 4
    return loadField(field, networkOrder, register)
  })
  if (word > KEY_WORDS_MAX) {
    const texts = fields.map(({ text }) => text).join(' . ')
    throw new ArgumentError(argument, texts, 'fields of at most 64 bytes')
  }
  return [...fields.map(({ requires }) => requires), ...loads]
}

/** Loads a field into a register. */
export function loadField(
  field: Selector,
  networkOrder: boolean,
  register: number = WORK_REGISTER,
): readonly NftExpressionInput[] {
  const loads = field.load(register)
  return networkOrder && isHostInteger(field.type) ? [...loads, swapped(field.type.length, register)] : loads
}

/** Converts an integer in a register to network byte order. */
const swapped = (length: number, register: number): NftExpressionInput => ({
  name: 'byteorder',
  data: { sreg: register, dreg: register, op: 'hton', len: length, size: length },
})

/** A value of a field as it is in the register: fields of less than whole bytes are to the left of their place. */
export function shifted({ shift, length }: Selector, value: Uint8Array): Uint8Array {
  if (shift === 0 && value.length === length) return value
  let number = 0n
  for (const byte of value) number = (number << 8n) | BigInt(byte)
  number <<= BigInt(shift)
  const bytes = new Uint8Array(length)
  for (let i = length - 1; i >= 0; i--, number >>= 8n) bytes[i] = Number(number & 0xffn)
  return bytes
}
