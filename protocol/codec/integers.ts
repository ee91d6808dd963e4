import type { Codec, FixedCodec } from './codec.js'
import { DecodeError, EncodeError } from './errors.js'
import type { Writer } from './writer.js'

/** An integer on the wire, with its range, which enumerations and flags build upon. */
export interface IntegerCodec extends FixedCodec<number> {
  readonly min: number
  readonly max: number
  /** Big-endian, as ports and other values that the kernel keeps in network order. */
  readonly big: boolean
}

export type BigIntegerCodec = FixedCodec<bigint>

type Read = (view: DataView, at: number) => number
type Write = (view: DataView, at: number, value: number) => void

export function needs(length: number, size: number): void {
  if (length < size) throw new DecodeError(`${size} bytes expected, ${length} there`)
}

function integer(bits: 8 | 16 | 32, signed: boolean, big: boolean, read: Read, write: Write): IntegerCodec {
  const size = bits / 8
  const min = signed ? -(2 ** (bits - 1)) : 0
  const max = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1
  const expected = `an integer from ${min} to ${max}`
  return {
    size,
    min,
    max,
    big,
    decode(view, at, length) {
      needs(length, size)
      return read(view, at)
    },
    encode(out: Writer, value) {
      if (!Number.isInteger(value) || value < min || value > max) throw new EncodeError(value, expected)
      const at = out.reserve(size)
      write(out.view, at, value)
    },
  }
}

function bigInteger(signed: boolean, little: boolean): BigIntegerCodec {
  const wrap = signed ? BigInt.asIntN : BigInt.asUintN
  const expected = signed
    ? 'a bigint from -2n**63n to 2n**63n-1n'
    : 'a bigint from 0n to 2n**64n-1n (write 5n, not 5)'
  return {
    size: 8,
    decode(view, at, length) {
      needs(length, 8)
      return signed ? view.getBigInt64(at, little) : view.getBigUint64(at, little)
    },
    encode(out: Writer, value) {
      if (typeof value !== 'bigint' || wrap(64, value) !== value) throw new EncodeError(value, expected)
      const at = out.reserve(8)
      if (signed) out.view.setBigInt64(at, value, little)
      else out.view.setBigUint64(at, value, little)
    },
  }
}

/** Ties the two byte orders of one integer to each other, for NLA_F_NET_BYTEORDER. */
function orders<C extends object>(little: C, big: C): [C & { swapped: C }, C & { swapped: C }] {
  const both = [little, big] as [C & { swapped: C }, C & { swapped: C }]
  both[0].swapped = big
  both[1].swapped = little
  return both
}

/* The host's order is little-endian: `RtNetlink.open` refuses other hosts. */

export const u8 = integer(
  8,
  false,
  false,
  (view, at) => view.getUint8(at),
  (view, at, value) => view.setUint8(at, value),
)
export const s8 = integer(
  8,
  true,
  false,
  (view, at) => view.getInt8(at),
  (view, at, value) => view.setInt8(at, value),
)
export const [u16, be16] = orders(
  integer(
    16,
    false,
    false,
    (view, at) => view.getUint16(at, true),
    (view, at, value) => view.setUint16(at, value, true),
  ),
  integer(
    16,
    false,
    true,
    (view, at) => view.getUint16(at),
    (view, at, value) => view.setUint16(at, value),
  ),
)
export const [s16, sbe16] = orders(
  integer(
    16,
    true,
    false,
    (view, at) => view.getInt16(at, true),
    (view, at, value) => view.setInt16(at, value, true),
  ),
  integer(
    16,
    true,
    true,
    (view, at) => view.getInt16(at),
    (view, at, value) => view.setInt16(at, value),
  ),
)
export const [u32, be32] = orders(
  integer(
    32,
    false,
    false,
    (view, at) => view.getUint32(at, true),
    (view, at, value) => view.setUint32(at, value, true),
  ),
  integer(
    32,
    false,
    true,
    (view, at) => view.getUint32(at),
    (view, at, value) => view.setUint32(at, value),
  ),
)
export const [s32, sbe32] = orders(
  integer(
    32,
    true,
    false,
    (view, at) => view.getInt32(at, true),
    (view, at, value) => view.setInt32(at, value, true),
  ),
  integer(
    32,
    true,
    true,
    (view, at) => view.getInt32(at),
    (view, at, value) => view.setInt32(at, value),
  ),
)
export const [u64, be64] = orders(bigInteger(false, true), bigInteger(false, false))
export const [s64, sbe64] = orders(bigInteger(true, true), bigInteger(true, false))

/** An unsigned integer in four bytes, or in eight where it needs them (`nla_put_uint`). */
export const uint: Codec<bigint> = {
  decode(view, at, length, owner) {
    return length >= 8 ? u64.decode(view, at, length, owner) : BigInt(u32.decode(view, at, length, owner))
  },
  encode(out, value, owner) {
    if (typeof value === 'bigint' && value >= 0n && value < 2n ** 32n) u32.encode(out, Number(value), owner)
    else u64.encode(out, value, owner)
  },
}
