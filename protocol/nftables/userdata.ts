import type { AttributesInput, AttributesValue, AttributeTable } from '../codec/attribute-types.js'
import { bytes } from '../codec/bytes.js'
import type { AnyCodec, Codec, Parent } from '../codec/codec.js'
import { EncodeError, withPath } from '../codec/errors.js'
import { u32 } from '../codec/integers.js'
import { enumeration } from '../codec/names.js'
import { text } from '../codec/text.js'
import { copyOf, type Writer } from '../codec/writer.js'

/** What user data has besides its declared entries, so that nothing is lost. */
interface Trailing {
  /** The bytes from the first one on that is no entry: user data of another format than libnftnl's. */
  trailing?: Uint8Array
}

export type UserdataValue<T extends AttributeTable> = AttributesValue<T> & Trailing
export type UserdataInput<T extends AttributeTable> = AttributesInput<T> & {
  readonly [K in keyof Trailing]: Trailing[K] | undefined
}

export interface UserdataCodec<T extends AttributeTable> extends Codec<UserdataValue<T>, UserdataInput<T>> {
  readonly table: T
}

const HEADER_SIZE = 2
/** NFT_USERDATA_MAXLEN. include/uapi/linux/netfilter/nf_tables.h */
const USERDATA_MAX = 256

/**
 * User data, which the kernel stores uninterpreted, in libnftnl's format: a sequence of u8 type, u8 length, value.
 * Entries that are not declared, that occur a second time, or whose length does not fit are kept in `unknown`.
 * libnftnl: src/udata.c
 */
export function userdata<const T extends AttributeTable>(table: T): UserdataCodec<T> {
  const members = Object.entries(table) as [string, readonly [number, AnyCodec]][]
  return {
    table,
    decode(view, start, length, parent) {
      const value: Record<string, unknown> = {}
      const unknown: { type: number; data: Uint8Array }[] = []
      const end = start + length
      let at = start
      while (at + HEADER_SIZE <= end) {
        const [type, size] = [view.getUint8(at), view.getUint8(at + 1)]
        const from = at + HEADER_SIZE
        if (from + size > end) break
        const [name, codec] = memberOf(members, type, size)
        if (name !== undefined && codec !== undefined && !(name in value)) {
          value[name] = codec.decode(view, from, size, parent)
        } else unknown.push({ type, data: copyOf(view, from, size) })
        at = from + size
      }
      if (unknown.length > 0) value['unknown'] = unknown
      if (at < end) value['trailing'] = copyOf(view, at, end - at)
      return value as UserdataValue<T>
    },
    encode(out, value) {
      if (typeof value !== 'object' || value === null) {
        throw new EncodeError(value, `an object with ${Object.keys(table).join(', ')}`)
      }
      const begin = out.at
      const {
        unknown = [],
        trailing,
        ...rest
      } = value as Parent & {
        unknown?: readonly { readonly type: number; readonly data: Uint8Array }[]
        trailing?: Uint8Array
      }
      for (const [name, member] of Object.entries(rest)) {
        if (member === undefined) continue
        const entry = table[name]
        if (entry === undefined)
          throw new EncodeError(member, `one of ${Object.keys(table).join(', ')}`).within(name)
        encodeEntry(out, entry[0], entry[1], member, value as Parent, name)
      }
      for (const { type, data } of unknown) encodeEntry(out, type, raw, data, {}, 'unknown')
      if (trailing !== undefined) out.write(trailing)
      if (out.at - begin > USERDATA_MAX) {
        const size = out.at - begin
        const what = `is too long: the kernel keeps ${USERDATA_MAX} bytes of user data, these are ${size}`
        throw new EncodeError(size, `at most ${USERDATA_MAX} bytes`, what)
      }
    },
  }
}

const raw = bytes({ max: 255 })

/** The member with this type; none if its codec has another length. */
function memberOf(
  members: readonly [string, readonly [number, AnyCodec]][],
  type: number,
  size: number,
): [name?: string, codec?: AnyCodec] {
  for (const [name, [number, codec]] of members) {
    if (number === type) return codec.size === undefined || codec.size === size ? [name, codec] : []
  }
  return []
}

function encodeEntry(
  out: Writer,
  type: number,
  codec: AnyCodec,
  value: unknown,
  parent: Parent,
  name: string,
): void {
  const start = out.reserve(HEADER_SIZE)
  try {
    codec.encode(out, value as never, parent)
  } catch (error) {
    throw withPath(error, name)
  }
  const size = out.at - start - HEADER_SIZE
  if (size > 255) throw new EncodeError(size, 'at most 255 bytes').within(name)
  out.bytes[start] = type
  out.bytes[start + 1] = size
}

/** nft(8)'s limit for a comment: NFTNL_UDATA_COMMENT_MAXLEN less the NUL. */
export const COMMENT_MAX = 127

const comment = text({ max: COMMENT_MAX })

/** User data that has only a comment: NFTNL_UDATA_TABLE_COMMENT, NFTNL_UDATA_CHAIN_COMMENT, NFTNL_UDATA_OBJ_COMMENT. */
export const commentUserdata = userdata({ comment: [0, comment] })

/** libnftnl: enum nftnl_udata_rule_types */
export const ruleUserdata = userdata({
  /** NFTNL_UDATA_RULE_COMMENT */
  comment: [0, comment],
  /** NFTNL_UDATA_RULE_EBTABLES_POLICY: ebtables-nft marks the rule that stands for a chain's policy */
  ebtablesPolicy: [1, u32],
})

/** libnftables: enum byteorder */
const byteOrder = enumeration(u32, { host: 1, network: 2 })

/**
 * The expression that a set of `typeof` was declared with: what its keys or values are taken from.
 * libnftnl: NFTNL_UDATA_SET_TYPEOF_*
 */
export const typeofUserdata = userdata({
  /** NFTNL_UDATA_SET_TYPEOF_EXPR: its type. libnftables: enum expr_types */
  expr: [0, u32],
  /** NFTNL_UDATA_SET_TYPEOF_DATA: user data in turn, which depends on the type */
  data: [1, bytes({ max: 255 })],
})

/** libnftnl: enum nftnl_udata_set_types */
export const setUserdata = userdata({
  /** NFTNL_UDATA_SET_KEYBYTEORDER: the byte order of its keys */
  keyByteOrder: [0, byteOrder],
  /** NFTNL_UDATA_SET_DATABYTEORDER: the byte order of a map's values */
  dataByteOrder: [1, byteOrder],
  /** NFTNL_UDATA_SET_MERGE_ELEMENTS: nft(8) merges intervals that overlap or touch (`auto-merge`) */
  mergeElements: [2, u32],
  /** NFTNL_UDATA_SET_KEY_TYPEOF */
  keyTypeof: [3, typeofUserdata],
  /** NFTNL_UDATA_SET_DATA_TYPEOF */
  dataTypeof: [4, typeofUserdata],
  /** NFTNL_UDATA_SET_EXPR */
  expr: [5, u32],
  /** NFTNL_UDATA_SET_DATA_INTERVAL: a map's values are intervals */
  dataInterval: [6, u32],
  /** NFTNL_UDATA_SET_COMMENT */
  comment: [7, comment],
})

/** libnftnl: enum nftnl_udata_set_elem_types */
export const elementUserdata = userdata({
  /** NFTNL_UDATA_SET_ELEM_COMMENT */
  comment: [0, comment],
  /** NFTNL_UDATA_SET_ELEM_FLAGS: 1 for an interval that nft(8) leaves open (SET_ELEM_F_INTERVAL_OPEN) */
  flags: [1, u32],
})
