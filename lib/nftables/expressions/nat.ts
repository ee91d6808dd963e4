import {
  type NfFamily,
  type NftExpressionData,
  type NftExpressionInput,
  nftRegister,
} from '../../../protocol/index.js'
import { ArgumentError } from '../../errors.js'
import { assertFlags } from '../assert-names.js'
import type { Datatype } from '../datatype.js'
import { datatypes, keyLength, padded } from '../datatypes.js'
import { constantText, valueText } from '../format/assignment.js'

import type { RegisterValue } from '../format/registers.js'
import type { RuleState } from '../format/state.js'
import { formatInterval, formatRange, notExpressible } from '../format/values.js'
import { loadInterval, type NatTarget } from '../nat-target.js'
import { compareBytes } from '../values.js'
import type { ExpressionFormat } from './expression.js'

/** nft(8)'s names of flags. nft(8), NAT STATEMENTS */
const flagTexts = { random: 'random', fullyRandom: 'fully-random', persistent: 'persistent' } as const

/** How addresses and ports are chosen from a range. nft(8), NAT STATEMENTS */
export interface NatOptions {
  /** `random` and `fullyRandom` map to random ports; `persistent` gives a client the same address each time. */
  readonly flags?: readonly (keyof typeof flagTexts)[] | undefined
}

/**
 * The flags of a translation to these ports: without `protoSpecified`, the kernel does not use the ports of `masquerade`.
 * net/netfilter/nft_masq.c
 */
export function natFlags(
  flags: NatOptions['flags'] = [],
  ports: number | undefined,
): NftExpressionData<'masq'>['flags'] {
  assertFlags(flags, Object.keys(flagTexts))
  const all = [...(ports === undefined ? [] : ['protoSpecified' as const]), ...flags]
  return all.length === 0 ? undefined : all
}

/**
 * Loads the target and translates to it; a table of family `inet` takes targets of either family.
 * @throws {@link ArgumentError} when the target is not of the table's family
 */
export function translate(
  type: 'snat' | 'dnat',
  { text, family: targetFamily, address, ports }: NatTarget,
  flags: NatOptions['flags'],
  family: NfFamily,
): NftExpressionInput[] {
  const own = targetFamily ?? (family === 'ip6' ? 'ip6' : 'ip')
  if (family !== 'inet' && family !== own) {
    throw new ArgumentError('to', text, `an address of the table's family, ${family}`)
  }
  const addresses = loadInterval(address, nftRegister.reg1, nftRegister.reg2)
  const ranges = loadInterval(ports, nftRegister.reg3, nftRegister.reg4)
  const data = {
    type,
    family: own,
    regAddrMin: addresses.min,
    regAddrMax: addresses.max,
    regProtoMin: ranges.min,
    regProtoMax: ranges.max,
    flags: natFlags(flags, undefined),
  } as const
  return [...addresses.loads, ...ranges.loads, { name: 'nat', data }]
}

type Registers = Pick<
  NftExpressionData<'nat'>,
  'regAddrMin' | 'regAddrMax' | 'regProtoMin' | 'regProtoMax' | 'flags'
>

/** Flags that say what else is given; the kernel and nft(8) set them by themselves. */
const IMPLIED: ReadonlySet<unknown> = new Set(['mapIps', 'protoSpecified'])

/** `snat to 192.0.2.1-192.0.2.9 persistent`, `dnat ip to 10.0.0.2:80`, `dnat ip to ip saddr map @targets` */
export const formatNat: ExpressionFormat<'nat'> = (data, state) => {
  const { type, family } = data
  if (typeof type !== 'string' || typeof family !== 'string') return notExpressible('nat')
  if (family === 'inet') return formatPorts(data, state)
  const target = formatTarget(data, state, family)
  const flags = formatNatFlags(data.flags)
  if (target === undefined || flags === undefined || target === '') return notExpressible('nat')
  if (state.family !== 'inet' && state.family !== family) return notExpressible('nat')
  const isMap = /^ (prefix|interval) /.test(target) || data.regProtoMin !== undefined
  const isNamed =
    data.regAddrMin !== undefined && (state.family === 'inet' || (isMap && / map /.test(target)))
  return `${type}${isNamed ? ` ${family}` : ''}${target}${flags}`
}

/** A translation of ports alone, of either family. */
function formatPorts(data: NftExpressionData<'nat'>, state: RuleState): string {
  const flags = formatNatFlags(data.flags)
  const target = data.regAddrMin === undefined ? formatTarget(data, state) : undefined
  return target && flags !== undefined ? `${data.type}${target}${flags}` : notExpressible('nat')
}

/** ` to 10.0.0.2:80`, ` to :1024-65535`; empty without a target, undefined if nft(8) has no words for it. */
export function formatTarget(
  registers: Registers,
  state: RuleState,
  family: 'ip' | 'ip6' = 'ip',
): string | undefined {
  const { regAddrMin, regAddrMax, regProtoMin, regProtoMax, flags = [] } = registers
  const isMapped = flags.includes('netmap')
  const addressType = family === 'ip6' ? datatypes.ipv6_addr : datatypes.ipv4_addr
  const found = state.registers.at(regAddrMin)
  if (found && !found.value.constant) return mappedTarget(registers, state, found.value, addressType)
  const address = formatEnds(regAddrMin, regAddrMax, addressType, state, regProtoMin !== undefined)
  const ports = formatEnds(regProtoMin, regProtoMax, datatypes.inet_service, state)
  const isMissing = (text: string | undefined, register: number | undefined) =>
    text === undefined && register !== undefined
  if (isMissing(address, regAddrMin ?? regAddrMax) || isMissing(ports, regProtoMin ?? regProtoMax))
    return undefined
  if (isMapped) {
    // Addresses are mapped one to one, to those of a prefix.
    const isPrefix = address !== undefined && !address.includes('-') && ports === undefined
    const whole = 8 * addressType.length
    return isPrefix ? ` prefix to ${address}${address.includes('/') ? '' : `/${whole}`}` : undefined
  }
  if (ports !== undefined && state.protocols.transport === undefined && !hasTransport(state)) return undefined
  if (address === undefined && ports === undefined) return ''
  // Where a port follows, nft(8) reads no prefix.
  const isBracketed = ports !== undefined && family === 'ip6' && address !== undefined
  const shown = isBracketed
    ? address
        .split('-')
        .map((one) => `[${one}]`)
        .join('-')
    : (address ?? '')
  return ` to ${shown}${ports === undefined ? '' : `:${ports}`}`
}

/** nft(8) accepts ports only in rules that have compared the transport protocol. */
const hasTransport = ({ statements }: RuleState) =>
  statements.some((text) => /^(meta l4proto|ip protocol|ip6 nexthdr) /.test(text))

/** The two ends of addresses or ports: constants, or the same value of the packet. */
function formatEnds(
  min: number | undefined,
  max: number | undefined,
  type: Datatype,
  state: RuleState,
  withoutPrefix = false,
): string | undefined {
  const from = state.registers.read(min)
  if (from === undefined) return undefined
  if (max === undefined || max === min) return valueText(state, from, type, type === datatypes.inet_service)
  const to = state.registers.read(max)
  if (!from.constant || !to?.constant || from.constant.length < type.length) return undefined
  if (constantText(type, from.constant) === undefined || to.constant.length !== from.constant.length)
    return undefined
  const [first, last] = [from.constant.subarray(0, type.length), to.constant.subarray(0, type.length)]
  if (compareBytes(first, last) > 0) return undefined
  const isRange = withoutPrefix && compareBytes(first, last) < 0
  return isRange ? formatRange(type, first, last) : formatInterval(type, first, last)
}

/** What a map gives: an address, an address and a port, or the ends of an interval of addresses. */
function mappedTarget(
  { regAddrMin, regAddrMax, regProtoMin, regProtoMax, flags = [] }: Registers,
  state: RuleState,
  value: RegisterValue,
  type: Datatype,
): string | undefined {
  const { source } = value
  const offsetOf = (register: number | undefined) => {
    const found = state.registers.at(register)
    return found?.value === value ? found.offset : undefined
  }
  const text = source.fields[0]?.text
  const isInterval = regAddrMax !== undefined && regAddrMax !== regAddrMin
  const isMapped = flags.includes('netmap')
  if (text === undefined || value.bits || offsetOf(regAddrMin) !== 0) return undefined
  if (!isInterval && regProtoMin === undefined && regProtoMax === undefined && !isMapped) {
    const single = valueText(state, value, type)
    return single === undefined ? undefined : ` to ${single}`
  }
  const names = source.parts?.map(({ name }) => name)
  const next = padded(type.length)
  const pair = [type.name, datatypes.inet_service.name]
  if (names?.join() === [...pair, ...pair].join()) {
    const half = source.length / 2
    const offsets = [offsetOf(regProtoMin), offsetOf(regAddrMax), offsetOf(regProtoMax)]
    return offsets.join() === [next, half, half + next].join() && !isMapped ? ` to ${text}` : undefined
  }
  if (isInterval) {
    const isWhole =
      names?.join() === [type.name, type.name].join() && source.length === keyLength([type, type])
    if (!isWhole || offsetOf(regAddrMax) !== next || regProtoMin !== undefined) return undefined
    return `${isMapped ? ' prefix' : ' interval'} to ${text}`
  }
  const isPair = names?.join() === pair.join()
  const hasPort = offsetOf(regProtoMin) === next && (regProtoMax === undefined || regProtoMax === regProtoMin)
  return isPair && hasPort && !isMapped ? ` to ${text}` : undefined
}

/** ` random,persistent`; empty without flags, undefined if nft(8) has no words for one. */
export function formatNatFlags(flags: NftExpressionData<'nat'>['flags'] = []): string | undefined {
  const texts: Readonly<Record<string, string>> = flagTexts
  const shown = flags.filter((flag) => !IMPLIED.has(flag) && flag !== 'netmap')
  const names = shown.map((flag) => texts[String(flag)])
  if (names.includes(undefined)) return undefined
  return names.length > 0 ? ` ${names.join(',')}` : ''
}
