import type { NfFamily } from '../../../protocol/index.js'
import {
  type Header,
  type HeaderName,
  headers,
  type Layer,
  type NetworkProtocol,
  networkProtocolOf,
  networkProtocols,
} from '../headers.js'

/** The protocols that a rule has determined so far; those of the transport layer by the names of `inet_proto`. */
export interface Protocols {
  readonly link: 'ether' | 'vlan' | undefined
  readonly network: NetworkProtocol | undefined
  readonly transport: string | undefined
}

/** A comparison that determines the protocol of a layer: `meta l4proto tcp`. */
export interface Dependency {
  /** What is compared, in nft(8)'s words. */
  readonly key: string
  readonly value: string
}

/** What nft(8) compares to make sure of a network protocol, by family; `iiftype` in most to make sure of Ethernet. */
const NETWORK_KEYS: Readonly<Partial<Record<NfFamily, string>>> = {
  inet: 'meta nfproto',
  netdev: 'meta protocol',
  bridge: 'meta protocol',
}
const NFPROTO: Readonly<Partial<Record<NetworkProtocol, string>>> = { ip: 'ipv4', ip6: 'ipv6' }
const ETHERNET: Dependency = { key: 'meta iiftype', value: 'ether' }

/** The protocols after a comparison. */
export function determined(
  protocols: Protocols,
  family: NfFamily,
  layer: Layer,
  { key, value }: Dependency,
): Protocols {
  if (layer === 'transport') return { ...protocols, transport: value }
  if (layer === 'link') return { ...protocols, link: value === 'ether' ? 'ether' : protocols.link }
  const network = networkProtocols[value]
  if (network === 'vlan') return key === 'ether type' ? { ...protocols, link: 'vlan' } : protocols
  // In tables of one protocol nothing else can follow; in those of family inet, nft(8) goes by `meta nfproto`.
  const isDetermined =
    networkProtocolOf(family) === undefined && (family !== 'inet' || key !== 'meta protocol')
  return isDetermined && network ? { ...protocols, network } : protocols
}

/** The comparisons that nft(8) adds before a field of a header; undefined if the rule contradicts the header. */
export function dependenciesOf(
  name: HeaderName,
  family: NfFamily,
  protocols: Protocols,
): readonly Dependency[] | undefined {
  const header: Header = headers[name]
  if (name === 'th') return []
  if (header.base === 'link') return linkDependencies(name, family, protocols)
  if (header.base === 'network') return networkDependencies(name as NetworkProtocol, family, protocols)
  const protocol = header.protocol ?? name
  if (protocols.transport === protocol) return []
  if (protocols.transport !== undefined) return undefined
  const network =
    header.impliesNetwork && family !== 'ip' && family !== 'ip6'
      ? networkDependencies(header.impliesNetwork, family, protocols, true)
      : []
  return network && [...network, { key: 'meta l4proto', value: protocol }]
}

function linkDependencies(name: HeaderName, family: NfFamily, { link }: Protocols): readonly Dependency[] {
  const ethernet = family === 'bridge' || link !== undefined ? [] : [ETHERNET]
  return name === 'vlan' && link !== 'vlan' ? [...ethernet, { key: 'ether type', value: '8021q' }] : ethernet
}

function networkDependencies(
  protocol: NetworkProtocol,
  family: NfFamily,
  { link, network }: Protocols,
  isImplied = false,
): readonly Dependency[] | undefined {
  const isByEtherType = family === 'bridge' && (isImplied || protocol === 'arp')
  const familyKey = isByEtherType ? 'ether type' : NETWORK_KEYS[family]
  if (network === protocol) return []
  if (network !== undefined || familyKey === undefined) return undefined
  const key = link === 'vlan' ? 'vlan type' : familyKey
  return [{ key, value: (key === 'meta nfproto' && NFPROTO[protocol]) || protocol }]
}
