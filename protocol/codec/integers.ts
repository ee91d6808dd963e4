import type { Codec, FixedCodec } from './codec.js'
import { DecodeError, EncodeError } from './errors.js'
import type { Writer } from './writer.js'

/** An integer on the wire, with its range, which enumerations and flags build upon. */
export interface IntegerCodec extends FixedCodec<number> {
  readonly min: number
  readonly max: number
  /** Big-endian, as ports and other values that the kernel keeps in network order. */
  readonly big: boolean
  source(at: string, length: number): string | undefined
}

export type BigIntegerCodec = FixedCodec<bigint>

export function requireLength(length: number, size: number): void {
  if (length < size) throw new DecodeError(`${size} bytes expected, got ${length}`)
}

/** A type of DataView's accessors: `getUint16` reads `Uint16`. */
type ViewType = 'Uint8' | 'Int8' | 'Uint16' | 'Int16' | 'Uint32' | 'Int32' | 'BigUint64' | 'BigInt64'
type Read<T> = (view: DataView, at: number) => T
type Write<T> = (view: DataView, at: number, value: T) => void

function coding<T>(type: ViewType, size: number, big: boolean, read: Read<T>) {
  return {
    size,
    source: (at: string, length: number) =>
      length < size ? undefined : `view.get${type}(${at}${size === 1 ? '' : `, ${!big}`})`,
    decode(view: DataView, at: number, length: number): T {
      requireLength(length, size)
      return read(view, at)
    },
  }
}

function integer(
  type: Exclude<ViewType, 'BigUint64' | 'BigInt64'>,
  big: boolean,
  read: Read<number>,
  write: Write<number>,
): IntegerCodec {
  const bits = Number(/\d+/.exec(type)?.[0])
  const signed = type.startsWith('I')
  const size = bits / 8
  const min = signed ? -(2 ** (bits - 1)) : 0
  const max = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1
  return {
    min,
    max,
    big,
    ...coding(type, size, big, read),
    encode(out: Writer, value) {
      if (!Number.isInteger(value) || value < min || value > max) {
        throw new EncodeError(value, `an integer from ${min} to ${max}`)
      }
      const at = out.reserve(size)
      write(out.view, at, value)
    },
  }
}

function bigInteger(
  type: 'BigUint64' | 'BigInt64',
  big: boolean,
  read: Read<bigint>,
  write: Write<bigint>,
): BigIntegerCodec {
  const signed = type === 'BigInt64'
  const expected = signed
    ? 'a bigint from -2n**63n to 2n**63n-1n'
    : 'a bigint from 0n to 2n**64n-1n (write 5n, not 5)'
  return {
    ...coding(type, 8, big, read),
    encode(out: Writer, value) {
      const fits =
        typeof value === 'bigint' && (signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)) === value
      if (!fits) throw new EncodeError(value, expected)
      const at = out.reserve(8)
      write(out.view, at, value)
    },
  }
}

/** Makes two codecs each other's `swapped` one, for NLA_F_NET_BYTEORDER. */
function orders<C extends object>(little: C, big: C): [C, C] {
  Object.assign(little, { swapped: big })
  Object.assign(big, { swapped: little })
  return [little, big]
}

/* The host's order is little-endian: `RtNetlink.open` refuses other hosts. */

export const u8 = integer(
  'Uint8',
  false,
  (view, at) => view.getUint8(at),
  (view, at, value) => view.setUint8(at, value),
)
export const s8 = integer(
  'Int8',
  false,
  (view, at) => view.getInt8(at),
  (view, at, value) => view.setInt8(at, value),
)
export const [u16, be16] = orders(
  integer(
    'Uint16',
    false,
    (view, at) => view.getUint16(at, true),
    (view, at, value) => view.setUint16(at, value, true),
  ),
  integer(
    'Uint16',
    true,
    (view, at) => view.getUint16(at),
    (view, at, value) => view.setUint16(at, value),
  ),
)
export const [s16, sbe16] = orders(
  integer(
    'Int16',
    false,
    (view, at) => view.getInt16(at, true),
    (view, at, value) => view.setInt16(at, value, true),
  ),
  integer(
    'Int16',
    true,
    (view, at) => view.getInt16(at),
    (view, at, value) => view.setInt16(at, value),
  ),
)
export const [u32, be32] = orders(
  integer(
    'Uint32',
    false,
    (view, at) => view.getUint32(at, true),
    (view, at, value) => view.setUint32(at, value, true),
  ),
  integer(
    'Uint32',
    true,
    (view, at) => view.getUint32(at),
    (view, at, value) => view.setUint32(at, value),
  ),
)
export const [s32, sbe32] = orders(
  integer(
    'Int32',
    false,
    (view, at) => view.getInt32(at, true),
    (view, at, value) => view.setInt32(at, value, true),
  ),
  integer(
    'Int32',
    true,
    (view, at) => view.getInt32(at),
    (view, at, value) => view.setInt32(at, value),
  ),
)
export const [u64, be64] = orders(
  bigInteger(
    'BigUint64',
    false,
    (view, at) => view.getBigUint64(at, true),
    (view, at, value) => view.setBigUint64(at, value, true),
  ),
  bigInteger(
    'BigUint64',
    true,
    (view, at) => view.getBigUint64(at),
    (view, at, value) => view.setBigUint64(at, value),
  ),
)
export const [s64, sbe64] = orders(
  bigInteger(
    'BigInt64',
    false,
    (view, at) => view.getBigInt64(at, true),
    (view, at, value) => view.setBigInt64(at, value, true),
  ),
  bigInteger(
    'BigInt64',
    true,
    (view, at) => view.getBigInt64(at),
    (view, at, value) => view.setBigInt64(at, value),
  ),
)

/** An unsigned integer in four bytes, or in eight where it needs them (`nla_put_uint`). */
export const uint: Codec<bigint> = {
  decode(view, at, length, parent) {
    return length >= 8 ? u64.decode(view, at, length, parent) : BigInt(u32.decode(view, at, length, parent))
  },
  encode(out, value, parent) {
    if (typeof value === 'bigint' && value >= 0n && value < 2n ** 32n) u32.encode(out, Number(value), parent)
    else u64.encode(out, value, parent)
  },
}
