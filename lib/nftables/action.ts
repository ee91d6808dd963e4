import type { NftExpressionInput } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import { type Datatype, datatypes, type NftValue } from './datatypes.js'
import { byteUnits, DEFAULT_BURST, limitPeriods } from './limit.js'
import { match } from './match.js'
import { icmpxCodes, type RejectReason, rejectExpression } from './reject.js'
import type { NftRuleContext, NftRulePart } from './spec.js'
import { compareBytes, type Interval, parseInterval, verdictExpression } from './values.js'

/** How connections are spread over ports and addresses. */
export interface NatOptions {
  /** `random` and `fullyRandom` choose ports by chance; `persistent` gives a client the same address each time. */
  readonly flags?: readonly ('random' | 'fullyRandom' | 'persistent')[] | undefined
}

export interface LimitOptions {
  /** How many packets, or with `unit` how many bytes. */
  readonly rate: number
  readonly per: keyof typeof limitPeriods
  readonly unit?: 'packets' | keyof typeof byteUnits | undefined
  /** How many may come at once: 5 packets unless said otherwise. */
  readonly burst?: number | undefined
  /** Goes on above the rate, not below. */
  readonly over?: boolean | undefined
}

export interface LogOptions {
  readonly prefix?: string | undefined
  readonly level?:
    | 'emerg'
    | 'alert'
    | 'crit'
    | 'err'
    | 'warn'
    | 'notice'
    | 'info'
    | 'debug'
    | 'audit'
    | undefined
  /** To this netlink group, not to the kernel's log. */
  readonly group?: number | undefined
  /** Bytes of the packet for the group. */
  readonly snaplen?: number | undefined
}

const verdict = (name: 'accept' | 'drop' | 'continue' | 'return') => verdictExpression(name)

function load(dreg: number, value: Uint8Array): NftExpressionInput {
  return { name: 'immediate', data: { dreg, data: { value } } }
}

/** Where a connection is to go, or come from: an address, a port, ranges of both. */
interface Target {
  readonly family?: 'ip' | 'ip6'
  readonly address?: Interval
  readonly ports?: Interval
}

/** Reads `10.0.0.2`, `10.0.0.2:80`, `[2001:db8::1]:80`, `10.0.0.2-10.0.0.9:1000-2000`, `:80`. @throws ArgumentError */
function parseTarget(text: string, argument: string): Target {
  const expected = 'an address, a port or both: 192.0.2.1:80, [2001:db8::1]:80, :80; each may be a range'
  const found =
    typeof text === 'string'
      ? /^(?:\[(?<six>[^\]]+)\]|(?<four>[^:[\]]+)|(?<bare>[^[\]]*:[^[\]]*:[^[\]]*))?(?::(?<port>\d+(?:-\d+)?))?$/.exec(
          text,
        )?.groups
      : undefined
  if (found === undefined || text === '') throw new ArgumentError(argument, text, expected)
  const six = found['six'] ?? found['bare']
  const address = six ?? found['four']
  const type: Datatype = six === undefined ? datatypes.ipv4_addr : datatypes.ipv6_addr
  return {
    ...(address === undefined
      ? {}
      : { family: six === undefined ? 'ip' : 'ip6', address: parseInterval(type, address, argument) }),
    ...(found['port'] === undefined
      ? {}
      : { ports: parseInterval(datatypes.inet_service, found['port'], argument) }),
  }
}

/** Loads both ends of an interval; gives the expressions and their registers. */
function loadInterval(interval: Interval | undefined, first: number) {
  if (interval === undefined) return { loads: [], min: undefined, max: undefined }
  const { from, to } = interval
  if (compareBytes(from, to) === 0) return { loads: [load(first, from)], min: first, max: undefined }
  return { loads: [load(first, from), load(first + 1, to)], min: first, max: first + 1 }
}

function translate(type: 'snat' | 'dnat', to: string, { flags }: NatOptions): NftRulePart {
  const target = parseTarget(to, 'to')
  return ({ family }: NftRuleContext) => {
    const own = target.family ?? (family === 'ip6' ? 'ip6' : 'ip')
    if (family !== 'inet' && family !== own)
      throw new ArgumentError('to', to, `of the table's family, ${family}`)
    const address = loadInterval(target.address, 1)
    const ports = loadInterval(target.ports, 3)
    return [
      ...address.loads,
      ...ports.loads,
      {
        name: 'nat',
        data: {
          type,
          family: own,
          regAddrMin: address.min,
          regAddrMax: address.max,
          regProtoMin: ports.min,
          regProtoMax: ports.max,
          flags: flags === undefined || flags.length === 0 ? undefined : flags,
        },
      },
    ]
  }
}

function toPorts(ports: NftValue | undefined) {
  if (ports === undefined) return { loads: [], min: undefined, max: undefined }
  return loadInterval(parseInterval(datatypes.inet_service, ports, 'ports'), 1)
}

/** What a rule does with a packet. */
export const action = {
  accept: verdict('accept'),
  drop: verdict('drop'),
  continue: verdict('continue'),
  return: verdict('return'),
  jump: (chain: string): NftRulePart => verdictExpression({ jump: chain }),
  goto: (chain: string): NftRulePart => verdictExpression({ goto: chain }),
  /** Counts packets and bytes. */
  counter: { name: 'counter', data: { packets: 0n, bytes: 0n } } satisfies NftExpressionInput,
  notrack: { name: 'notrack' } satisfies NftExpressionInput,
  /** Goes on below a rate. */
  limit: ({ rate, per, unit = 'packets', burst, over }: LimitOptions): NftRulePart => {
    if (!Object.hasOwn(limitPeriods, per))
      throw new ArgumentError('per', per, `one of ${Object.keys(limitPeriods).join(', ')}`)
    if (!Number.isInteger(rate) || rate < 1)
      throw new ArgumentError('rate', rate, 'a whole number, 1 or more')
    return {
      name: 'limit',
      data: {
        rate: BigInt(rate) * BigInt(unit === 'packets' ? 1 : byteUnits[unit]),
        unit: BigInt(limitPeriods[per]),
        burst: burst ?? (unit === 'packets' ? DEFAULT_BURST : 0),
        type: unit === 'packets' ? 'packets' : 'bytes',
        flags: over ? ['invert'] : [],
      },
    }
  },
  log: ({ prefix, level, group, snaplen }: LogOptions = {}): NftRulePart => ({
    name: 'log',
    data: { prefix, level, group, snaplen },
  }),
  /** Drops it and says so: with a reset for TCP, or ICMP's words; `port-unreachable` unless said otherwise. */
  reject: (how: 'tcp-reset' | RejectReason = 'port-unreachable'): NftRulePart => {
    if (how !== 'tcp-reset') {
      if (!Object.hasOwn(icmpxCodes, how))
        throw new ArgumentError('how', how, `one of tcp-reset, ${Object.keys(icmpxCodes).join(', ')}`)
      return ({ family }: NftRuleContext) => [rejectExpression(family, how)]
    }
    return [match.l4proto('tcp'), { name: 'reject', data: { type: 'tcpRst', icmpCode: 0 } }]
  },
  /** What leaves gets the address of the link that it leaves by, optionally of these ports. */
  masquerade: ({
    ports,
    flags,
  }: NatOptions & { readonly ports?: NftValue | undefined } = {}): NftRulePart => {
    const { loads, min, max } = toPorts(ports)
    return [...loads, { name: 'masq', data: { flags, regProtoMin: min, regProtoMax: max } }]
  },
  /** What leaves comes from here: `192.0.2.1`, `192.0.2.1-192.0.2.9:1024-65535`. */
  snat: (to: string, options: NatOptions = {}): NftRulePart => translate('snat', to, options),
  /** What comes goes there: `10.1.1.2:80`. */
  dnat: (to: string, options: NatOptions = {}): NftRulePart => translate('dnat', to, options),
  /** What comes goes to this host, to these ports. */
  redirect: (ports?: NftValue, { flags }: NatOptions = {}): NftRulePart => {
    const { loads, min, max } = toPorts(ports)
    return [...loads, { name: 'redir', data: { flags, regProtoMin: min, regProtoMax: max } }]
  },
  setMark: (mark: NftValue): NftRulePart => [
    load(1, datatypes.mark.parse(mark, 'mark')),
    { name: 'meta', data: { key: 'mark', sreg: 1 } },
  ],
  setCtMark: (mark: NftValue): NftRulePart => [
    load(1, datatypes.mark.parse(mark, 'mark')),
    { name: 'ct', data: { key: 'mark', sreg: 1 } },
  ],
} as const
