import type {
  AnyLinkKind,
  AttributesInput,
  Flat,
  Input,
  LinkMessage,
  LinkMessageInput,
  linkKinds,
  PartByKind,
  Value,
} from '../../../protocol/index.js'
import type { NetnsRef } from '../../netns/reference.js'
import type { LinkRef } from '../context.js'
import type { FLAGS, PLAIN } from './settings.js'

/* The types over kinds are generic over the list of kinds, so that a test can give them sixty. */

type Declared = typeof linkKinds

/** What the kind says of a link, if it is declared; otherwise `data` is raw bytes, which the types omit. */
type KindMembersOf<Kinds extends readonly AnyLinkKind[]> =
  | { [K in Kinds[number] as K['kind']]: Flat<KindMembers<K>> }[Kinds[number]['kind']]
  | { kind?: never; data?: never }
type KindMembers<K extends AnyLinkKind> = {
  /** What kind of link it is; absent for hardware. */
  kind: K['kind']
  /** The kind's own attributes. */
  data?: Value<K['data']>
} & XstatsMember<NonNullable<K['xstats']>>
type XstatsMember<X> = [X] extends [never]
  ? unknown
  : {
      /** The kind's statistics. */
      xstats?: Value<X>
    }

/** What the master keeps of a link under it, for these kinds of master. */
export type LinkSlaveOf<Kinds extends readonly AnyLinkKind[]> = {
  [K in keyof PartByKind<Kinds, 'slave'>]: {
    /** The kind of the master. */
    kind: K
    /** The master's settings for this link. */
    data?: Value<PartByKind<Kinds, 'slave'>[K]>
  }
}[keyof PartByKind<Kinds, 'slave'>]
export type LinkSlave = LinkSlaveOf<Declared>

interface LinkMembers<Slave>
  extends Omit<LinkMessage, 'family' | 'change' | 'ifname' | 'linkinfo' | 'stats'> {
  /** Its name (IFLA_IFNAME). */
  name: string
  /** Whether IFF_UP is among its flags. */
  up: boolean
  /** What its master keeps of it. */
  slave?: Slave
}

/** A link, where these kinds are declared. */
export type LinkOf<Kinds extends readonly AnyLinkKind[]> = LinkMembers<LinkSlaveOf<Kinds>> &
  KindMembersOf<Kinds>

/**
 * A link as the kernel describes it: all attributes by their names in the uapi (IFLA_TXQLEN is `txqlen`), and
 * - `name`, its name (IFLA_IFNAME)
 * - `up`, whether IFF_UP is among its flags
 * - `kind` and `data`, what kind it is and that kind's own attributes (IFLA_LINKINFO); absent for hardware
 * - `slave`, what its master, if it has one, keeps of it
 */
export type Link = LinkOf<Declared>

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

/** The attributes of a kind that a specification gives: all but the peer, which has a member of its own. */
type OwnTable<K extends AnyLinkKind> = Omit<K['data']['table'], NonNullable<K['peer']>>
// Kinds without attributes have no `data`. Because of them, TypeScript answers a wrong option with the words of its kind:
// where all members of a union have `data`, it compares with the union of them all.
type DataMember<K extends AnyLinkKind> = [keyof OwnTable<K>] extends [never]
  ? unknown
  : {
      /** The kind's own attributes. */
      readonly data?: AttributesInput<OwnTable<K>> | undefined
    }
type PeerMember<K extends AnyLinkKind> = [NonNullable<K['peer']>] extends [never]
  ? unknown
  : {
      /** The other end of the pair. */
      readonly peer?: PeerSpec | undefined
    }
type KindInputOf<Kinds extends readonly AnyLinkKind[]> = {
  [K in Kinds[number] as K['kind']]: Flat<
    {
      /** What kind of link it is. */
      readonly kind: K['kind']
    } & DataMember<K> &
      PeerMember<K>
  >
}[Kinds[number]['kind']]

/** A link to be made, of one of these kinds. */
export type LinkSpecOf<Kinds extends readonly AnyLinkKind[]> = LinkSettings &
  KindInputOf<Kinds> & {
    /** At most 15 bytes; without one the kernel numbers it by its kind: `veth0`. */
    readonly name?: string | undefined
    /** The index to give it; the kernel chooses otherwise. */
    readonly index?: number | undefined
    /** The link underneath: of a vlan, a macvlan, a vxlan. */
    readonly link?: LinkRef | undefined
    /** The namespace that `link` is an index in, as an id (see `net.nsids`). */
    readonly linkNetnsid?: number | undefined
  }

/** A link to be made. */
export type LinkSpec = LinkSpecOf<Declared>

type SlaveInputOf<Kinds extends readonly AnyLinkKind[]> = {
  [K in keyof PartByKind<Kinds, 'slave'>]: {
    /** The kind of the master. */
    readonly kind: K
    /** The master's settings for this link. */
    readonly data: Input<PartByKind<Kinds, 'slave'>[K]>
  }
}[keyof PartByKind<Kinds, 'slave'>]

/** What is to change of a link that exists, where these kinds are declared. */
export type LinkChangesOf<Kinds extends readonly AnyLinkKind[]> = LinkSettings & {
  /** Its new name. */
  readonly name?: string | undefined
  /** What its master keeps of it: `{ kind: 'bridge', data: { isolated: true } }`. */
  readonly slave?: SlaveInputOf<Kinds> | undefined
} & (KindInputOf<Kinds> | { readonly kind?: never; readonly peer?: never })

/** What is to change of a link that exists. */
export type LinkChanges = LinkChangesOf<Declared>
