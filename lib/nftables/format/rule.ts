import type { NftExpression } from '../../../protocol/index.js'
import { type Datatype, datatypes, integerOf, padded, partsOf } from '../datatypes.js'
import type { NftRule, NftTableListing } from '../nftables.js'
import { prefixLength } from '../values.js'
import { ctFields, fieldAt, metaFields, type NetworkProtocol, plain, protocolOf } from './fields.js'
import {
  type Data,
  formatLimit,
  formatLog,
  formatQuota,
  formatReference,
  formatReject,
  natFlags,
} from './statements.js'
import {
  formatBits,
  formatElements,
  formatInterval,
  formatValue,
  formatVerdict,
  keyTypes,
  quoted,
} from './values.js'

/** What a register holds, in words. */
interface Held {
  readonly text: string
  readonly type: Datatype
  /** Only these bits of it. */
  readonly mask?: Uint8Array
  /** A value that was put there, not one of the packet. */
  readonly value?: Uint8Array
  /** What it tells of the packet's protocols, once it is compared. */
  readonly tells?: Layer
}

type Layer = 'link' | 'network' | 'transport'

export interface FormatOptions {
  /** The name of a link, by its index; the index itself is written where there is none. */
  readonly linkName?: ((index: number) => string | undefined) | undefined
}

const OPERATORS: Readonly<Record<string, string>> = {
  eq: '',
  neq: '!= ',
  lt: '< ',
  lte: '<= ',
  gt: '> ',
  gte: '>= ',
}

/** A rule in nft(8)'s own words. What these words do not have is written as `[ name ]`, which nft(8) refuses to read. */
export function formatRule(
  rule: NftRule,
  table: Pick<NftTableListing, 'family' | 'sets'>,
  options: FormatOptions = {},
): string {
  const formatter = new RuleFormatter(table, options)
  for (const expression of rule.expressions) formatter.add(expression)
  const comment = rule.comment ? [`comment ${quoted(rule.comment)}`] : []
  return [...formatter.statements.filter((one) => one !== ''), ...comment].join(' ')
}

class RuleFormatter {
  /** What was said so far; empty where something later says it as well. */
  readonly statements: string[] = []
  readonly #table: Pick<NftTableListing, 'family' | 'sets'>
  readonly #options: FormatOptions
  /** By pieces of four bytes. */
  readonly #registers = new Map<number, Held>()
  /** A comparison with a lower bound: with an upper one behind it, that is a range. */
  #lower: { readonly place: number; readonly held: Held; readonly value: Uint8Array } | undefined
  #network: NetworkProtocol | undefined
  #transport: string | undefined
  /** Where each layer's protocol was said. */
  readonly #said: { [L in Layer]?: number } = {}

  constructor(table: Pick<NftTableListing, 'family' | 'sets'>, options: FormatOptions) {
    this.#table = table
    this.#options = options
    this.#network = protocolOf(table.family)
  }

  add(expression: NftExpression): void {
    const { name, data } = expression
    const form = this.#forms[name ?? '']
    const known = form !== undefined && !(data instanceof Uint8Array)
    const statement = known ? form((data ?? {}) as never) : `[ ${name} ]`
    if (statement !== undefined) this.statements.push(statement)
  }

  /** How each sort of expression reads; undefined where nothing is said yet. */
  readonly #forms: Readonly<Record<string, (data: never) => string | undefined>> = {
    payload: (data: Data<'payload'>) => this.#payload(data),
    meta: (data: Data<'meta'>) => this.#meta(data),
    ct: (data: Data<'ct'>) => this.#ct(data),
    fib: (data: Data<'fib'>) =>
      this.#hold(data.dreg, {
        text: `fib ${(data.flags ?? []).filter((flag) => flag !== 'present').join(' . ')} ${data.result === 'addrtype' ? 'type' : data.result}`,
        type: fibType(data.result),
      }),
    bitwise: (data: Data<'bitwise'>) => this.#bitwise(data),
    byteorder: (data: Data<'byteorder'>) => this.#hold(data.dreg, this.#held(data.sreg)),
    cmp: (data: Data<'cmp'>) => this.#cmp(data),
    range: (data: Data<'range'>) => {
      const held = this.#held(data.sreg)
      const [from, to] = [data.fromData?.value, data.toData?.value]
      if (held === undefined || from === undefined || to === undefined) return '[ range ]'
      const not = data.op === 'neq' ? '!= ' : ''
      return `${held.text} ${not}${formatValue(held.type, from)}-${formatValue(held.type, to)}`
    },
    lookup: (data: Data<'lookup'>) => this.#lookup(data),
    immediate: ({ dreg, data }: Data<'immediate'>) => {
      if (data?.verdict) return formatVerdict(data.verdict)
      const { value } = data ?? {}
      return value && this.#hold(dreg, { text: '', type: plain(value.length), value })
    },
    counter: ({ packets = 0n, bytes = 0n }: Data<'counter'>) => `counter packets ${packets} bytes ${bytes}`,
    limit: (data: Data<'limit'>) => formatLimit(data),
    quota: (data: Data<'quota'>) => formatQuota(data),
    log: (data: Data<'log'>) => formatLog(data),
    notrack: () => 'notrack',
    reject: (data: Data<'reject'>) => formatReject(data, this.#table.family, this.#network === 'ip6'),
    masq: ({ regProtoMin, regProtoMax, flags }: Data<'masq'>) =>
      `masquerade${this.#to(undefined, undefined, regProtoMin, regProtoMax)}${natFlags(flags)}`,
    redir: ({ regProtoMin, regProtoMax, flags }: Data<'redir'>) =>
      `redirect${this.#to(undefined, undefined, regProtoMin, regProtoMax)}${natFlags(flags)}`,
    nat: (data: Data<'nat'>) => {
      const { type, family, regAddrMin, regAddrMax, regProtoMin, regProtoMax, flags } = data
      const words = this.#table.family === 'inet' && regAddrMin !== undefined ? `${type} ${family}` : type
      return `${words}${this.#to(regAddrMin, regAddrMax, regProtoMin, regProtoMax, family)}${natFlags(flags)}`
    },
    objref: (data: Data<'objref'>) => formatReference(data),
    match: ({ name }: Data<'match'>) => `xt match ${quoted(name ?? '')}`,
    target: ({ name }: Data<'target'>) => `xt target ${quoted(name ?? '')}`,
  }

  #hold(register: number | undefined, held: Held | undefined): undefined {
    if (register !== undefined && held !== undefined) this.#registers.set(pieceOf(register), held)
  }

  #held(register: number | undefined): Held | undefined {
    return register === undefined ? undefined : this.#registers.get(pieceOf(register))
  }

  #payload({ dreg, base, offset = 0, len = 0, sreg }: Data<'payload'>): string | undefined {
    const field = fieldAt(base, offset, len, this.#network, this.#transport)
    const text = field?.text ?? `@${BASES[String(base)] ?? base},${offset * 8},${len * 8}`
    if (sreg !== undefined) {
      const held = this.#held(sreg)
      const type = field?.type ?? plain(len)
      return held?.value ? `${text} set ${formatValue(type, held.value)}` : '[ payload ]'
    }
    // A field of a protocol says which one that is: it need not be said before.
    if (field && base === 'network') this.#unsay('network')
    if (field && base === 'transport') this.#unsay('transport')
    // ICMP is of one network protocol.
    if (field?.text.startsWith('icmp')) this.#unsay('network')
    if (field && base === 'link') this.#unsay('link')
    const type = field === undefined ? plain(len) : shortened(field.type, len)
    const tells = text === 'ip protocol' || text === 'ip6 nexthdr' ? { tells: 'transport' as const } : {}
    return this.#hold(dreg, { text, type, ...tells })
  }

  #unsay(what: Layer): void {
    const place = this.#said[what]
    if (place !== undefined) this.statements[place] = ''
    delete this.#said[what]
  }

  #meta({ key, dreg, sreg }: Data<'meta'>): string | undefined {
    const known = metaFields[String(key)] ?? { text: `meta ${key}`, type: plain(4) }
    if (sreg !== undefined) return this.#set(known.text, known.type, sreg)
    const tells = TELLS[String(key)]
    const type = key === 'iif' || key === 'oif' ? this.#linkType(known.type) : known.type
    return this.#hold(dreg, { text: known.text, type, ...(tells ? { tells } : {}) })
  }

  #ct({ key, direction, dreg, sreg }: Data<'ct'>): string | undefined {
    const known = ctFields[String(key)] ?? { text: String(key), type: plain(4) }
    const text = ['ct', ...(direction === undefined ? [] : [String(direction)]), known.text].join(' ')
    if (sreg !== undefined) return this.#set(text, known.type, sreg)
    return this.#hold(dreg, { text, type: known.type })
  }

  #linkType(type: Datatype): Datatype {
    return {
      ...type,
      format: (bytes) => {
        const name = this.#options.linkName?.(integerOf(bytes, type.big))
        return name === undefined ? type.format(bytes) : quoted(name)
      },
    }
  }

  #set(text: string, type: Datatype, register: number): string {
    const held = this.#held(register)
    return `${text} set ${held?.value ? formatValue(type, held.value) : (held?.text ?? '[ register ]')}`
  }

  #bitwise({ sreg, dreg, mask, xor }: Data<'bitwise'>): string | undefined {
    const held = this.#held(sreg)
    if (held === undefined || mask?.value === undefined) return '[ bitwise ]'
    if (xor?.value?.some((byte) => byte !== 0)) return '[ bitwise ]'
    return this.#hold(dreg, { ...held, mask: mask.value })
  }

  #cmp({ sreg, op, data }: Data<'cmp'>): string | undefined {
    const held = this.#held(sreg)
    const value = data?.value
    if (held === undefined || value === undefined) return '[ cmp ]'
    const { text, type, mask, tells } = held
    const operator = OPERATORS[String(op)] ?? `${op} `
    if (mask !== undefined) return `${text} ${maskedValue(type, mask, String(op), operator, value)}`
    if (op === 'eq' && tells !== undefined) {
      this.#said[tells] = this.statements.length
      const named = type.format(value)
      if (tells === 'transport') this.#transport = named
      else if (tells === 'network') this.#network = NETWORKS[named]
    }
    const lower = this.#lower
    this.#lower = op === 'gte' ? { place: this.statements.length, held, value } : undefined
    if (op === 'lte' && lower?.held === held && lower.place === this.statements.length - 1) {
      this.statements[lower.place] = `${text} ${formatValue(type, lower.value)}-${formatValue(type, value)}`
      return undefined
    }
    return `${text} ${operator}${formatValue(type, value)}`
  }

  #lookup({ set: name = '', sreg, dreg, flags }: Data<'lookup'>): string | undefined {
    const set = this.#table.sets.find((one) => one.name === name)
    const held = set && sreg !== undefined ? this.#joined(sreg, keyTypes(set)) : this.#held(sreg)
    if (held === undefined) return '[ lookup ]'
    const what = set?.flags?.includes('anonymous') ? `{ ${formatElements(set).join(', ')} }` : `@${name}`
    if (dreg === undefined) return `${held.text} ${flags?.includes('invert') ? '!= ' : ''}${what}`
    if (dreg === 0) return `${held.text} vmap ${what}`
    const [type = held.type] = partsOf(set?.dataType ?? 0) ?? []
    return this.#hold(dreg, { text: `${held.text} map ${what}`, type })
  }

  /** What lies in a row of registers: a key in parts. */
  #joined(register: number, types: readonly Datatype[]): Held | undefined {
    const parts: Held[] = []
    let piece = pieceOf(register)
    for (const type of types) {
      const held = this.#registers.get(piece)
      if (held === undefined) return undefined
      parts.push(held)
      piece += padded(type.length) / 4
    }
    const [first] = parts
    return first && { ...first, text: parts.map(({ text }) => text).join(' . ') }
  }

  /** ` to 10.0.0.2:80`, from what registers hold. */
  #to(min?: number, max?: number, portMin?: number, portMax?: number, family?: string | number): string {
    const address = this.#between(min, max, family === 'ip6' ? datatypes.ipv6_addr : datatypes.ipv4_addr)
    const ports = this.#between(portMin, portMax, datatypes.inet_service)
    if (address === undefined && ports === undefined) return ''
    const brackets = ports !== undefined && address?.includes(':')
    return ` to ${brackets ? `[${address}]` : (address ?? '')}${ports === undefined ? '' : `:${ports}`}`
  }

  #between(min: number | undefined, max: number | undefined, type: Datatype): string | undefined {
    const from = this.#held(min)
    if (from === undefined) return undefined
    const to = this.#held(max) ?? from
    if (from.value === undefined || to.value === undefined) return from.text
    return formatInterval(type, from.value, to.value)
  }
}

/** Registers 1 to 4 are four pieces each of those from 8 on. */
function pieceOf(register: number): number {
  return register >= 8 ? register - 8 : (register - 1) * 4
}

const TELLS: Readonly<Record<string, Layer>> = {
  l4proto: 'transport',
  nfproto: 'network',
  protocol: 'network',
  iiftype: 'link',
}
const BASES: Readonly<Record<string, string>> = { link: 'll', network: 'nh', transport: 'th', inner: 'ih' }
const NETWORKS: Readonly<Record<string, NetworkProtocol>> = {
  ipv4: 'ip',
  ipv6: 'ip6',
  ip: 'ip',
  ip6: 'ip6',
  arp: 'arp',
}
/** An address of which only the first bytes were loaded is a prefix. */
function shortened(type: Datatype, len: number): Datatype {
  if (len === type.length || type.length < len) return type
  return {
    ...type,
    format(bytes) {
      const whole = new Uint8Array(type.length)
      whole.set(bytes)
      return `${type.format(whole)}/${8 * bytes.length}`
    },
  }
}

function maskedValue(
  type: Datatype,
  mask: Uint8Array,
  op: string,
  operator: string,
  value: Uint8Array,
): string {
  const zero = value.every((byte) => byte === 0)
  if ((type.name === 'ct_state' || type.name === 'ct_status') && zero) {
    return `${op === 'neq' ? '' : '! '}${formatBits(type, mask)}`
  }
  const bits = prefixLength(mask)
  if (bits !== undefined && (type.name === 'ipv4_addr' || type.name === 'ipv6_addr')) {
    return `${operator}${formatValue(type, value)}/${bits}`
  }
  return `& ${formatValue(type, mask)} ${operator === '' ? '==' : operator.trim()} ${formatValue(type, value)}`
}

function fibType(result: string | number | undefined): Datatype {
  if (result === 'addrtype') return datatypes.fib_addrtype
  return result === 'oifname' ? datatypes.ifname : datatypes.iface_index
}
