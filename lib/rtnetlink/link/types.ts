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
import type { LinkRef } from '../../link-reference.js'
import type { NetnsRef } from '../../netns/reference.js'
import type { FLAGS, PLAIN } from './settings.js'

/* The types are generic over the list of kinds, so that a test can check them with sixty kinds. */

type Declared = typeof linkKinds

/**
 * The members that depend on the kind. The `data` of a kind that is not declared is raw bytes, which the types omit.
 */
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

/** The settings that a master has for its port, for these kinds of master. */
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
  /** The settings that its master has for it, if it has one. */
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
 * - `slave`, the settings that its master has for it, if it has one
 */
export type Link = LinkOf<Declared>

type Switches = { readonly [K in keyof typeof FLAGS]?: boolean | undefined }

/** Settings of a link, when it is added and later. */
export type LinkSettings = Pick<LinkMessageInput, (typeof PLAIN)[number]> &
  Switches & {
    /** The bridge, bond or vrf that it is a port of; `null` releases it. */
    readonly master?: LinkRef | null | undefined
    /** The namespace that it is added to, or moves to. */
    readonly netns?: NetnsRef | undefined
  }

/** What the kernel ignores while a link is added: it is changed right after. net/core/rtnetlink.c: rtnl_create_link */
export type ChangeOnly = 'ifalias' | 'protoDown' | 'carrier' | 'afSpec' | 'xdp'

/** What the kernel reads when a link is added, and ignores later. net/core/rtnetlink.c: do_setlink */
export type CreationOnly = 'numTxQueues' | 'numRxQueues'

/**
 * The other end of a pair. It cannot be brought up, nor be given a master, in the request that adds the pair: the
 * kernel joins the two ends only afterwards. Nor does it have what the kernel ignores while a link is added.
 */
export type PeerSpec = Omit<LinkSettings, 'master' | 'up' | ChangeOnly> & {
  readonly name?: string | undefined
  readonly index?: number | undefined
}

/** The attributes of a kind that a specification gives: all but the peer, which has a member of its own. */
type OwnTable<K extends AnyLinkKind> = Omit<K['data']['table'], NonNullable<K['peer']>>
// Kinds without attributes have no `data`. This also improves error messages: if every member of the union had `data`,
// TypeScript would compare a wrong option with the options of all kinds instead of those of the given one.
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

/** A link to be added, of one of these kinds. */
export type LinkSpecOf<Kinds extends readonly AnyLinkKind[]> = LinkSettings &
  KindInputOf<Kinds> & {
    /** At most 15 bytes. By default the kernel chooses one by the kind: `veth0`. */
    readonly name?: string | undefined
    /** Its index; by default the kernel chooses one. */
    readonly index?: number | undefined
    /** The lower link, by name or index: of a vlan, a macvlan, a vxlan. */
    readonly link?: LinkRef | undefined
    /** The id of the namespace that `link` is an index in (`net.nsids`). */
    readonly linkNetnsid?: number | undefined
  }

/** A link to be added. */
export type LinkSpec = LinkSpecOf<Declared>

type SlaveInputOf<Kinds extends readonly AnyLinkKind[]> = {
  [K in keyof PartByKind<Kinds, 'slave'>]: {
    /** The kind of the master. */
    readonly kind: K
    /** The master's settings for this link. */
    readonly data: Input<PartByKind<Kinds, 'slave'>[K]>
  }
}[keyof PartByKind<Kinds, 'slave'>]

/** Changes of a link, where these kinds are declared. */
export type LinkChangesOf<Kinds extends readonly AnyLinkKind[]> = Omit<LinkSettings, CreationOnly> & {
  /** Its new name. */
  readonly name?: string | undefined
  /** The lower link, of the kinds for which it can change (vxlan); `kind` has to be given with it. */
  readonly link?: LinkRef | undefined
  /** Settings that its master has for it: `{ kind: 'bridge', data: { isolated: true } }`. */
  readonly slave?: SlaveInputOf<Kinds> | undefined
} & (KindInputOf<Kinds> | { readonly kind?: never; readonly peer?: never })

/** Changes of a link; what is left out stays as it is. */
export type LinkChanges = LinkChangesOf<Declared>
