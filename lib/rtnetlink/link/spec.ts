import {
  type AttributesInput,
  type AttributeTable,
  attributes,
  type Input,
  type LinkInfo,
  type LinkKindOf,
  type LinkMessage,
  type LinkMessageInput,
  type linkKinds,
  linkMessage,
  type Value,
} from '../../../protocol/index.js'
import { ArgumentError } from '../../errors.js'
import type { NetnsRef } from '../../netns/reference.js'
import { assertKnownKeys } from '../../options.js'
import type { LinkRef, Resolver } from '../context.js'

type Declared = (typeof linkKinds)[number]
type DataTable<K> = K extends LinkKindOf<string, infer T extends AttributeTable, infer _> ? T : never
type SlaveOf<K> = K extends { readonly slave?: infer S } ? NonNullable<S> : never

/** What the kind says of a link, where it is declared; raw bytes come for one that is not. */
type KindValue =
  | { [K in Declared as K['kind']]: { kind: K['kind']; data?: Value<K['data']> } }[Declared['kind']]
  | { kind?: never; data?: never }

/** What the master keeps of a link under it. */
export type LinkSlave = {
  [K in Declared as [SlaveOf<K>] extends [never] ? never : K['kind']]: {
    kind: K['kind']
    data?: Value<SlaveOf<K>>
  }
} extends infer U
  ? U[keyof U]
  : never

/**
 * A link as the kernel describes it: all attributes by their names in the uapi (IFLA_TXQLEN is `txqlen`), and
 * - `name`, its name (IFLA_IFNAME)
 * - `up`, whether IFF_UP is among its flags
 * - `kind` and `data`, what kind it is and that kind's own attributes (IFLA_LINKINFO); absent for hardware
 * - `slave`, what its master, if it has one, keeps of it
 */
export type Link = Omit<LinkMessage, 'family' | 'change' | 'ifname' | 'linkinfo' | 'stats'> & {
  name: string
  up: boolean
  slave?: LinkSlave
} & KindValue

const { header } = linkMessage
const { ifname, linkinfo, stats, afSpec, ...plain } = linkMessage.attributes.table
const NO_OWNER = {}

/** The message's attributes, as members of a link. */
const members = attributes({
  ...plain,
  ifname: [ifname[0], { ...ifname[1], assign: (link, name) => Object.assign(link, { name }) }],
  linkinfo: [linkinfo[0], { ...linkinfo[1], assign: assignInfo }],
  // The same in 32 bits as `stats64` has in 64.
  stats: [stats[0], { ...stats[1], decode: () => undefined, assign: () => {} }],
  afSpec: [afSpec[0], afSpec[1].choices.unspec],
})

function assignInfo(link: Record<string, unknown>, info: LinkInfo): void {
  if (info.kind !== undefined) link['kind'] = info.kind
  if (info.data !== undefined) link['data'] = info.data
  if (info.slaveKind === undefined) return
  link['slave'] =
    info.slaveData === undefined ? { kind: info.slaveKind } : { kind: info.slaveKind, data: info.slaveData }
}

/** Reads a link message, straight into the object that it becomes. */
export function readLink(view: DataView, at: number, length: number): Link {
  const { type, index, flags } = header.decode(view, at, length, NO_OWNER)
  const link: Pick<Link, 'name' | 'up' | 'type' | 'index' | 'flags'> = {
    name: '',
    up: flags.includes('up'),
    type,
    index,
    flags,
  }
  members.decodeInto(link as Record<string, unknown>, view, at + header.size, length - header.size)
  return link as Link
}

/** The attributes that are the same in a request as in `Link`. */
const PLAIN = [
  'address',
  'broadcast',
  'mtu',
  'txqlen',
  'ifalias',
  'group',
  'operstate',
  'linkmode',
  'numTxQueues',
  'numRxQueues',
  'gsoMaxSize',
  'gsoMaxSegs',
  'groMaxSize',
  'gsoIpv4MaxSize',
  'groIpv4MaxSize',
  'protoDown',
  'carrier',
  'afSpec',
  'xdp',
  'newIfindex',
  'unknown',
] as const satisfies readonly (keyof LinkMessageInput)[]

/** IFF_* that can be set, under iproute2's names: the flag, and its value when the option is true. */
const FLAGS = {
  up: ['up', true],
  arp: ['noarp', false],
  multicast: ['multicast', true],
  allmulticast: ['allmulti', true],
  promisc: ['promisc', true],
  dynamic: ['dynamic', true],
  trailers: ['notrailers', false],
} as const

type Switches = { readonly [K in keyof typeof FLAGS]?: boolean | undefined }

/** What can be said of a link when it is made and later. */
export type LinkSettings = Pick<LinkMessageInput, (typeof PLAIN)[number]> &
  Switches & {
    /** The bridge, bond or vrf that it belongs to; `null` releases it. */
    readonly master?: LinkRef | null | undefined
    /** The namespace that it is made in, or moves to. */
    readonly netns?: NetnsRef | undefined
  }

/**
 * The other end of a pair, as it is to be. It cannot be brought up, nor given a master, in the same request: the kernel
 * ties the two ends together only afterwards.
 */
export type PeerSpec = Omit<LinkSettings, 'master' | 'up'> & {
  readonly name?: string | undefined
  readonly index?: number | undefined
}

type PeerOf<T> = 'peer' extends keyof T ? { readonly peer?: PeerSpec | undefined } : unknown
type KindInput = {
  [K in Declared as K['kind']]: {
    readonly kind: K['kind']
    /** The kind's own attributes. */
    readonly data?: AttributesInput<Omit<DataTable<K>, 'peer'>> | undefined
  } & PeerOf<DataTable<K>>
}[Declared['kind']]

/** A link to be made. */
export type LinkSpec = LinkSettings &
  KindInput & {
    /** At most 15 bytes; without one the kernel numbers it by its kind: `veth0`. */
    readonly name?: string | undefined
    /** The index to give it; the kernel chooses otherwise. */
    readonly index?: number | undefined
    /** The link underneath: of a vlan, a macvlan, a vxlan. */
    readonly link?: LinkRef | undefined
    /** The namespace that `link` is an index in, as an id (see `net.nsids`). */
    readonly linkNetnsid?: number | undefined
  }

type SlaveInput = {
  [K in Declared as [SlaveOf<K>] extends [never] ? never : K['kind']]: {
    readonly kind: K['kind']
    readonly data: Input<SlaveOf<K>>
  }
} extends infer U
  ? U[keyof U]
  : never

/** What is to change of a link that exists. */
export type LinkChanges = LinkSettings & {
  /** Its new name. */
  readonly name?: string | undefined
  /** What its master keeps of it: `{ kind: 'bridge', data: { isolated: true } }`. */
  readonly slave?: SlaveInput | undefined
} & (KindInput | { readonly kind?: never; readonly data?: never; readonly peer?: never })

/** Turns the references within a link's description into numbers. */
export interface LinkResolver extends Resolver {
  /** A descriptor of a network namespace, for as long as the request needs it. */
  netns(ref: NetnsRef, argument: string): number
}

type Settings = LinkSettings & { readonly name?: string | undefined; readonly index?: number | undefined }

/** The part of the message that does not depend on the link's kind; `path` is where the settings are: `peer.`. */
function settingsMessage(settings: Settings, resolver: LinkResolver, path = ''): Record<string, unknown> {
  const message: Record<string, unknown> = { family: 'unspec' }
  if (settings.index !== undefined) message['index'] = settings.index
  const flags: string[] = []
  const change: string[] = []
  for (const [option, [flag, sense]] of Object.entries(FLAGS)) {
    const value = settings[option as keyof typeof FLAGS]
    if (value === undefined) continue
    change.push(flag)
    if (value === sense) flags.push(flag)
  }
  if (change.length > 0) {
    message['flags'] = flags
    message['change'] = change
  }
  if (settings.name !== undefined) message['ifname'] = settings.name
  for (const name of PLAIN) if (settings[name] !== undefined) message[name] = settings[name]
  const { master, netns } = settings
  if (master !== undefined) message['master'] = master === null ? 0 : resolver.link(master, `${path}master`)
  if (netns !== undefined) message['netNsFd'] = resolver.netns(netns, `${path}netns`)
  return message
}

const SETTING_KEYS = [...PLAIN, ...Object.keys(FLAGS), 'name', 'master', 'netns'] as const
export const LINK_KEYS = [...SETTING_KEYS, 'index', 'kind', 'data', 'peer', 'link', 'linkNetnsid'] as const
const PEER_KEYS = [...SETTING_KEYS, 'index'] as const
export const CHANGE_KEYS = [...SETTING_KEYS, 'kind', 'data', 'slave'] as const

/** The message that adds a link. @throws {@link ArgumentError} when a reference cannot be one */
export function linkMessageOf(spec: LinkSpec, resolver: LinkResolver): Record<string, unknown> {
  const message = settingsMessage(spec, resolver)
  const { link, linkNetnsid } = spec
  if (link !== undefined) message['link'] = resolver.link(link, 'link')
  if (linkNetnsid !== undefined) message['linkNetnsid'] = linkNetnsid
  message['linkinfo'] = kindMessage(spec, resolver)
  return message
}

/** The message that changes the link of this index. @throws {@link ArgumentError} as `linkMessageOf` does */
export function changesMessageOf(
  index: number,
  changes: LinkChanges,
  resolver: LinkResolver,
): Record<string, unknown> {
  const message = settingsMessage(changes, resolver)
  message['index'] = index
  const { slave } = changes
  const linkinfo = {
    ...(changes.kind === undefined ? {} : kindMessage(changes, resolver)),
    ...(slave === undefined ? {} : { slaveKind: slave.kind, slaveData: slave.data }),
  }
  if (Object.keys(linkinfo).length > 0) message['linkinfo'] = linkinfo
  return message
}

/** IFLA_LINKINFO: what the kind says, with the other end of a pair as a link message of its own. */
function kindMessage(
  spec: { readonly kind: string; readonly data?: object | undefined; readonly peer?: PeerSpec | undefined },
  resolver: LinkResolver,
): object {
  const { kind, data, peer } = spec
  const own = peer === undefined ? data : { ...data, peer: peerMessageOf(peer, resolver) }
  return own === undefined ? { kind } : { kind, data: own }
}

function peerMessageOf(peer: PeerSpec, resolver: LinkResolver): Record<string, unknown> {
  for (const key of ['up', 'master'] as const) {
    if (!(key in peer)) continue
    const value = (peer as LinkSettings)[key]
    const why = 'the kernel joins the two ends only afterwards; set it on the peer then'
    throw new ArgumentError(
      `peer.${key}`,
      value,
      'left out',
      `peer.${key} cannot be set while the pair is added: ${why}`,
    )
  }
  assertKnownKeys(peer, PEER_KEYS, 'peer')
  return settingsMessage(peer, resolver, 'peer.')
}
