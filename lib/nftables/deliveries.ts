/* The actions that hand a packet, or a copy of it, to something else. */
import { type NftExpressionInput, nftRegister } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import { assertBoolean, assertInteger, assertKnownKeys } from '../options.js'
import type { NftValue } from './datatype.js'
import { datatypes } from './datatypes.js'
import { loadConstant } from './expressions/immediate.js'
import { keysOf } from './keys.js'
import { loadInterval, parseTarget } from './nat-target.js'
import { objectReference } from './object-reference.js'
import type { NftRuleContext, NftRulePart } from './spec.js'
import { parseInterval } from './values.js'

/** Options of `queue`. nft(8), QUEUE STATEMENT */
export interface QueueOptions {
  /** The queue, or several that share the load: `'0-3'`. */
  readonly num?: NftValue | undefined
  /** Whether packets pass while no program listens; they are dropped otherwise. */
  readonly bypass?: boolean | undefined
  /** Whether the queue is chosen by the CPU instead of by the flow. */
  readonly fanout?: boolean | undefined
}

/** Options of `synproxy`: those that the server has. nft(8), SYNPROXY STATEMENT */
export interface SynproxyOptions {
  readonly mss?: number | undefined
  readonly wscale?: number | undefined
  readonly timestamp?: boolean | undefined
  readonly sackPerm?: boolean | undefined
}

/** Where `dup` sends a copy to. nft(8), DUP STATEMENT */
export interface DupOptions {
  /** The router, in tables of family `ip` and `ip6`. */
  readonly address?: string | undefined
  /** The index of the link. */
  readonly link?: number | undefined
}

const queueKeys = keysOf<QueueOptions>({ num: true, bypass: true, fanout: true })
const synproxyKeys = keysOf<SynproxyOptions>({ mss: true, wscale: true, timestamp: true, sackPerm: true })
const dupKeys = keysOf<DupOptions>({ address: true, link: true })

export const tproxy =
  (to: string): NftRulePart =>
  ({ family }: NftRuleContext) => {
    const target = parseTarget(to, 'to')
    if (target.ports === undefined) throw new ArgumentError('to', to, 'a port, or an address with a port')
    const address = loadInterval(target.address, nftRegister.reg1, nftRegister.reg1)
    const port = loadInterval(
      target.ports,
      target.address === undefined ? nftRegister.reg1 : nftRegister.reg2,
      nftRegister.reg2,
    )
    if (address.max !== undefined || port.max !== undefined) {
      throw new ArgumentError('to', to, 'one address and one port')
    }
    const own = family === 'ip' || family === 'ip6' ? family : (target.family ?? 'unspec')
    if (target.family !== undefined && own !== target.family) {
      throw new ArgumentError('to', to, `an address of the table's family, ${family}`)
    }
    const data = { family: own, regAddr: address.min, regPort: port.min }
    return [...address.loads, ...port.loads, { name: 'tproxy', data } as NftExpressionInput]
  }

export const synproxy =
  (options: SynproxyOptions | string = {}): NftRulePart =>
  (rule) => {
    if (typeof options === 'string') return objectReference('synproxy', options, rule)
    assertKnownKeys(options, synproxyKeys, 'options')
    const { mss, wscale, timestamp, sackPerm } = options
    if (mss !== undefined) assertInteger('mss', mss, 0, 0xffff, 'bytes')
    if (wscale !== undefined) assertInteger('wscale', wscale, 0, 14)
    assertBoolean('timestamp', timestamp)
    assertBoolean('sackPerm', sackPerm)
    const flags = [
      ...(mss === undefined ? [] : ['mss']),
      ...(wscale === undefined ? [] : ['wscale']),
      ...(sackPerm ? ['sackPerm'] : []),
      ...(timestamp ? ['timestamp'] : []),
    ]
    return { name: 'synproxy', data: { mss, wscale, flags } } as NftExpressionInput
  }

export const queue =
  (options: QueueOptions = {}): NftRulePart =>
  () => {
    assertKnownKeys(options, queueKeys, 'options')
    const { num = 0, bypass, fanout } = options
    assertBoolean('bypass', bypass)
    assertBoolean('fanout', fanout)
    const { from, to } = parseInterval(datatypes.inet_service, num, 'num')
    const numberOf = (bytes: Uint8Array) => ((bytes[0] as number) << 8) | (bytes[1] as number)
    if (numberOf(to) - numberOf(from) >= 0xffff) throw new ArgumentError('num', num, 'at most 65535 queues')
    const flags = [...(bypass ? ['bypass'] : []), ...(fanout ? ['cpuFanout'] : [])]
    const data = { num: numberOf(from), total: numberOf(to) - numberOf(from) + 1, flags }
    return { name: 'queue', data } as NftExpressionInput
  }

export const dup =
  (to: DupOptions): NftRulePart =>
  ({ family }: NftRuleContext) => {
    assertKnownKeys(to, dupKeys, 'to')
    const { address, link } = to
    if (link !== undefined) assertInteger('link', link, 1, 0x7fffffff)
    if (family === 'netdev') {
      if (link === undefined || address !== undefined) {
        throw new ArgumentError('to', to, '{ link }, in a table of family netdev')
      }
      return [
        loadLink(link, nftRegister.reg1),
        { name: 'dup', data: { sregDev: nftRegister.reg1 } } as NftExpressionInput,
      ]
    }
    if (family !== 'ip' && family !== 'ip6') {
      throw new ArgumentError('expressions', family, 'in a table of family ip, ip6 or netdev')
    }
    const type = family === 'ip' ? datatypes.ipv4_addr : datatypes.ipv6_addr
    const data = { sregAddr: nftRegister.reg1, sregDev: link === undefined ? undefined : nftRegister.reg2 }
    return [
      loadConstant(nftRegister.reg1, type.parse(address as string, 'address')),
      link === undefined ? [] : loadLink(link, nftRegister.reg2),
      { name: 'dup', data } as NftExpressionInput,
    ]
  }

export const fwd =
  (link: number): NftRulePart =>
  () => {
    assertInteger('link', link, 1, 0x7fffffff)
    return [
      loadLink(link, nftRegister.reg1),
      { name: 'fwd', data: { sregDev: nftRegister.reg1 } } as NftExpressionInput,
    ]
  }

const loadLink = (index: number, register: number) =>
  loadConstant(register, datatypes.iface_index.parse(index, 'link'))
