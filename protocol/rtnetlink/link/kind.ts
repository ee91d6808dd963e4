import { type AttributesCodec, type AttributeTable, attributes } from '../../codec/attributes.js'

/** One kind of link: what IFLA_INFO_DATA holds for it, and IFLA_INFO_SLAVE_DATA for the links under it. */
export interface LinkKindOf<
  Kind extends string,
  Data extends AttributeTable,
  Slave extends AttributeTable = never,
> {
  readonly kind: Kind
  readonly data: AttributesCodec<Data>
  readonly slave?: AttributesCodec<Slave>
}

/**
 * Declares a kind of link: this and a line in `kinds/index.ts` are all that a new kind takes.
 * @param kind the name that IFLA_INFO_KIND carries, `type` for iproute2
 * @param data its attributes
 * @param slave the attributes that it keeps of each link under it, where it is a master
 */
export function linkKind<
  const Kind extends string,
  D extends AttributeTable,
  S extends AttributeTable = never,
>(kind: Kind, data: AttributesCodec<D>, slave?: AttributesCodec<S>): LinkKindOf<Kind, D, S> {
  return slave ? { kind, data, slave } : { kind, data }
}

/** What a kind without attributes of its own declares. */
export const nothing = attributes({})
