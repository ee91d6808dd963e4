import type { NfFamily } from '../../protocol/index.js'

/** A chain of another program that drops forwarded packets of an uplink, or may drop them. */
export interface ForwardWarning {
  readonly kind: 'forward'
  readonly family: NfFamily
  readonly table: string
  /** The base chain at the hook `forward`. */
  readonly chain: string
  /** The handle of the rule that drops or rejects the packets, and its chain; undefined where it is the policy. */
  readonly rule?: { readonly chain: string; readonly handle: bigint | undefined } | undefined
  /** False where it depends on what is not known: a rate, a mark of another program, the state of a set. */
  readonly certain: boolean
  /**
   * The commands that let the uplink's packets pass: a script for `nft -f`, or of iptables where the table is its. Empty
   * where no command can: another process owns the table, or nft(8) cannot read a name.
   */
  readonly opens: string
  readonly message: string
}

/** Tables of iptables-legacy, whose rules nf_tables does not list: it is unknown whether they drop packets. */
export interface LegacyWarning {
  readonly kind: 'iptables-legacy'
  /** The names of the tables that have a FORWARD chain. */
  readonly tables: readonly string[]
  readonly message: string
}

/** A link that packets leave by does not forward the answers, although all others do: it was switched off on purpose. */
export interface ForwardingWarning {
  readonly kind: 'forwarding'
  /** The name of the link. */
  readonly link: string
  readonly message: string
}

/** The programs inside get no name servers. */
export interface NameserversWarning {
  readonly kind: 'nameservers'
  /**
   * `unusable`: this machine has none that other namespaces reach. `kept`: there is a file at /etc/netns/NAME that was
   * not written by an uplink. `unwritable`: the file system refuses the file.
   */
  readonly reason: 'unusable' | 'kept' | 'unwritable'
  readonly message: string
}

/** The bridge of others that the namespace was joined to is down. */
export interface BridgeWarning {
  readonly kind: 'bridge'
  /** The name of the bridge. */
  readonly bridge: string
  readonly message: string
}

/** What may keep an uplink from working. */
export type UplinkWarning =
  | BridgeWarning
  | ForwardWarning
  | ForwardingWarning
  | LegacyWarning
  | NameserversWarning
