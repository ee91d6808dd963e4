import type { Codec, FixedCodec } from './codec.js'
import { compileBound } from './compile.js'
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

export function needs(length: number, size: number): void {
  if (length < size) throw new DecodeError(`${size} bytes expected, ${length} there`)
}

type Bits = 8 | 16 | 32 | 64
type Decode<T> = (view: DataView, at: number, length: number) => T
type Write<T> = (view: DataView, at: number, value: T) => void

/** What DataView calls an integer: `Uint16`, `BigInt64`. */
const viewName = (bits: Bits, signed: boolean) =>
  `${bits === 64 ? 'Big' : ''}${signed ? 'Int' : 'Uint'}${bits}` as 'Uint32'

/** Reads and writes an integer of any width: each its own code, where code may be made. */
function access<T>(bits: Bits, signed: boolean, big: boolean) {
  const size = bits / 8
  const name = viewName(bits, signed)
  const source = (at: string) => `view.get${name}(${at}, ${!big})`
  const decode =
    compileBound<Decode<T>>(
      (bind) =>
        `(view, at, length) => { if (length < ${size}) ${bind(needs)}(length, ${size}); return ${source('at')} }`,
    ) ??
    ((view, at, length) => {
      needs(length, size)
      return view[`get${name}`](at, !big) as T
    })
  const write =
    compileBound<Write<T>>(() => `(view, at, value) => view.set${name}(at, value, ${!big})`) ??
    ((view, at, value) => view[`set${name}`](at, value as number, !big))
  return { size, source, decode, write }
}

function integer(bits: 8 | 16 | 32, signed: boolean, big: boolean): IntegerCodec {
  const min = signed ? -(2 ** (bits - 1)) : 0
  const max = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1
  const expected = `an integer from ${min} to ${max}`
  const { size, source, decode, write } = access<number>(bits, signed, big)
  return {
    size,
    min,
    max,
    big,
    source,
    decode,
    encode(out: Writer, value) {
      if (!Number.isInteger(value) || value < min || value > max) throw new EncodeError(value, expected)
      const at = out.reserve(size)
      write(out.view, at, value)
    },
  }
}

function bigInteger(signed: boolean, big: boolean): BigIntegerCodec {
  const wrap = signed ? BigInt.asIntN : BigInt.asUintN
  const expected = signed
    ? 'a bigint from -2n**63n to 2n**63n-1n'
    : 'a bigint from 0n to 2n**64n-1n (write 5n, not 5)'
  const { size, source, decode, write } = access<bigint>(64, signed, big)
  return {
    size,
    source,
    decode,
    encode(out: Writer, value) {
      if (typeof value !== 'bigint' || wrap(64, value) !== value) throw new EncodeError(value, expected)
      const at = out.reserve(size)
      write(out.view, at, value)
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

export const u8 = integer(8, false, false)
export const s8 = integer(8, true, false)
export const [u16, be16] = orders(integer(16, false, false), integer(16, false, true))
export const [s16, sbe16] = orders(integer(16, true, false), integer(16, true, true))
export const [u32, be32] = orders(integer(32, false, false), integer(32, false, true))
export const [s32, sbe32] = orders(integer(32, true, false), integer(32, true, true))
export const [u64, be64] = orders(bigInteger(false, false), bigInteger(false, true))
export const [s64, sbe64] = orders(bigInteger(true, false), bigInteger(true, true))

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
