import type { AttributeTable } from '../../codec/attribute-types.js'
import { type AttributesCodec, attributes } from '../../codec/attributes.js'
import type { AnyCodec } from '../../codec/codec.js'

/** The declaration of a kind of link. */
export interface LinkKindOf<
  Kind extends string = string,
  Data extends AttributeTable = AttributeTable,
  Slave extends AttributeTable = never,
  Xstats extends AnyCodec = never,
  Peer extends string = never,
> {
  /** The name that IFLA_INFO_KIND carries, `type` for iproute2. */
  readonly kind: Kind
  /** IFLA_INFO_DATA: the kind's own attributes. */
  readonly data: AttributesCodec<Data>
  /** IFLA_INFO_SLAVE_DATA: the per-port attributes of a master of this kind. */
  readonly slave?: AttributesCodec<Slave>
  /** IFLA_INFO_XSTATS: the kind's statistics, all of which are volatile. */
  readonly xstats?: Xstats
  /** The attribute of `data` that describes the other end of a pair, by a link message: `'peer'` of a veth. */
  readonly peer?: Peer
  /**
   * Where the kernel reads the index of the link underneath: IFLA_LINK (`true`), or this attribute of `data`. Absent for
   * kinds that are on no other link.
   */
  readonly lowerLink?: true | string
  /** Adapts `data` for adding a link, where the kernel takes a member that has its default otherwise than it lists it. */
  readonly forCreation?: (data: Record<string, unknown>) => void
  /** Members that the kernel only reports, and refuses or ignores in requests: they are not sent. */
  readonly readOnly?: MemberNames
  /** Members that change without a notification: a watch does not report their changes. */
  readonly volatile?: MemberNames
}

/** Names of attributes. */
export interface MemberNames<Data = string, Slave = string> {
  readonly data?: readonly Data[]
  readonly slave?: readonly Slave[]
}

/** Any declared kind: the bound for type parameters. */
export interface AnyLinkKind {
  readonly kind: string
  readonly data: AnyCodec & { readonly table: AttributeTable }
  readonly slave?: AnyCodec & { readonly table: AttributeTable }
  readonly xstats?: AnyCodec
  readonly peer?: string
  readonly lowerLink?: true | string
  readonly forCreation?: (data: Record<string, unknown>) => void
  readonly readOnly?: MemberNames
  readonly volatile?: MemberNames
}

/**
 * Declares a kind of link. A new kind needs only this and a line in `kinds/index.ts`.
 *
 * ```ts
 * export const vlan = linkKind('vlan', { data: attributes({ id: [1, u16] }) })
 * ```
 * @param kind the name that IFLA_INFO_KIND carries
 */
export function linkKind<
  const Kind extends string,
  D extends AttributeTable = Record<never, never>,
  S extends AttributeTable = never,
  X extends AnyCodec = never,
  const Peer extends keyof D & string = never,
>(
  kind: Kind,
  parts: {
    readonly data?: AttributesCodec<D>
    readonly slave?: AttributesCodec<S>
    readonly xstats?: X
    readonly peer?: Peer
    readonly lowerLink?: true | (keyof D & string)
    readonly forCreation?: (data: Record<string, unknown>) => void
    readonly readOnly?: MemberNames<keyof D & string, keyof S & string>
    readonly volatile?: MemberNames<keyof D & string, keyof S & string>
  } = {},
): LinkKindOf<Kind, D, S, X, Peer> {
  return { data: attributes({}) as unknown as AttributesCodec<D>, ...parts, kind }
}
