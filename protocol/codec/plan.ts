import { align } from './align.js'
import type { Codec, Decoder } from './codec.js'
import { EncodeError } from './errors.js'
import type { StructCodec, StructFields } from './struct.js'
import { NLA_F_NET_BYTEORDER } from './walk.js'

/** Member name → [attribute number, how it is read]. */
export type MemberTable = Readonly<Record<string, readonly [type: number, decoder: Decoder<unknown>]>>

/** Members from a message's header: the name of a field, or a function of the decoded header. */
export type HeadMembers<Header> = Readonly<
  Record<string, (keyof Header & string) | ((header: Header) => unknown)>
>

/** The declaration of a reader. */
export interface ReaderSpec {
  readonly header?: StructCodec<StructFields> | undefined
  readonly head?: HeadMembers<never>
  readonly members: MemberTable
}

/** A reader's declaration, prepared for reading. */
export interface Plan {
  readonly header: StructCodec<StructFields> | undefined
  /** Bytes from the start of the message to its attributes. */
  readonly bodyOffset: number
  readonly head: readonly (readonly [name: string, field: string | ((header: never) => unknown)])[]
  /** The member of each attribute number. */
  readonly byType: readonly (Member | undefined)[]
}

export interface Member {
  readonly name: string
  readonly decoder: Decoder<unknown>
  /** Its sibling is an attribute of the same set, which may come later on the wire. */
  readonly selected: boolean
}

const nothing = { decode: () => undefined, assign: () => {} }

/** An attribute that is declared and left out of the object. */
export const ignored: Decoder<undefined> = nothing

/**
 * An empty attribute that aligns the next one to eight bytes, on processors that need it (include/net/netlink.h,
 * nla_align_64bit). A set declares it under the name `pad`; it is neither read nor written.
 */
export const padding: Codec<undefined, never> = {
  ...nothing,
  encode(_out, value) {
    throw new EncodeError(value, 'left out')
  },
}

/** Whether an attribute is left out of the object. */
export const isIgnored = ({ decoder }: Member): boolean => decoder.assign === nothing.assign

export function planOf({ header, head, members }: ReaderSpec): Plan {
  const byType: (Member | undefined)[] = []
  for (const [name, [type, decoder]] of Object.entries(members)) {
    byType[type] = { name, decoder, selected: decoder.sibling !== undefined && decoder.sibling in members }
  }
  const all = header?.layout.map(({ name }) => [name, name] as const) ?? []
  return {
    header,
    bodyOffset: align(header?.size ?? 0),
    head: head ? Object.entries(head) : all,
    byType,
  }
}

/** The decoder of a member for the byte order that the attribute's type has. */
export function decoderFor({ decoder }: Member, type: number): Decoder<unknown> {
  return type & NLA_F_NET_BYTEORDER ? (decoder.swapped ?? decoder) : decoder
}

/** Whether a member is put into the object after all others. */
export function isLate({ selected, decoder }: Member): boolean {
  return selected || decoder.assign !== undefined
}
