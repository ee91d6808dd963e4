import {
  type NfFamily,
  type NftExpressionData,
  type NftExpressionInput,
  nftRegister,
} from '../../../protocol/index.js'
import { ArgumentError } from '../../errors.js'
import type { Datatype } from '../datatype.js'
import { datatypes } from '../datatypes.js'
import type { RuleState } from '../format/state.js'
import { formatInterval } from '../format/values.js'
import { loadInterval, type NatTarget } from '../nat-target.js'
import type { ExpressionFormat } from './expression.js'

/** nft(8)'s names of flags. nft(8), NAT STATEMENTS */
const flagTexts = { random: 'random', fullyRandom: 'fully-random', persistent: 'persistent' } as const

/** How addresses and ports are chosen from a range. nft(8), NAT STATEMENTS */
export interface NatOptions {
  /** `random` and `fullyRandom` map to random ports; `persistent` gives a client the same address each time. */
  readonly flags?: readonly (keyof typeof flagTexts)[] | undefined
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
    flags: flags?.length === 0 ? undefined : flags,
  } as const
  return [...addresses.loads, ...ranges.loads, { name: 'nat', data }]
}

/** `snat to 192.0.2.1-192.0.2.9 persistent`, `dnat ip to 10.0.0.2:80` */
export const formatNat: ExpressionFormat<'nat'> = (data, state) => {
  const { type, family, regAddrMin, flags } = data
  const statement = state.family === 'inet' && regAddrMin !== undefined ? `${type} ${family}` : type
  const addressType = family === 'ip6' ? datatypes.ipv6_addr : datatypes.ipv4_addr
  return `${statement}${formatTarget(data, state, addressType)}${formatNatFlags(flags)}`
}

/** ` to 10.0.0.2:80`, ` to :1024-65535`; empty without a target. */
export function formatTarget(
  data: Pick<NftExpressionData<'nat'>, 'regAddrMin' | 'regAddrMax' | 'regProtoMin' | 'regProtoMax'>,
  state: RuleState,
  addressType: Datatype = datatypes.ipv4_addr,
): string {
  const address = formatRange(data.regAddrMin, data.regAddrMax, addressType, state)
  const ports = formatRange(data.regProtoMin, data.regProtoMax, datatypes.inet_service, state)
  if (address === undefined && ports === undefined) return ''
  const brackets = ports !== undefined && address?.includes(':')
  return ` to ${brackets ? `[${address}]` : (address ?? '')}${ports === undefined ? '' : `:${ports}`}`
}

function formatRange(
  min: number | undefined,
  max: number | undefined,
  type: Datatype,
  state: RuleState,
): string | undefined {
  const from = state.loaded(min)
  if (from === undefined) return undefined
  const to = state.loaded(max) ?? from
  if (from.constant === undefined || to.constant === undefined) return from.text
  return formatInterval(type, from.constant, to.constant)
}

/** ` random,persistent`; empty without flags. */
export function formatNatFlags(flags: NftExpressionData<'nat'>['flags'] = []): string {
  const texts: Readonly<Record<string, string>> = flagTexts
  const names = flags.flatMap((flag) => texts[String(flag)] ?? [])
  return names.length > 0 ? ` ${names.join(',')}` : ''
}
