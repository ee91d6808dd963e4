import { hexDigit } from './address-text.js'
import type { Codec, FixedCodec } from './codec.js'
import { EncodeError } from './errors.js'
import { requireLength } from './integers.js'
import { lazy } from './lazy.js'
import { ATTRIBUTE_HEADER_SIZE } from './walk.js'
import { copyOf, type Writer } from './writer.js'

/**
 * An attribute without payload (NLA_FLAG): true if it is present. `false` is not sent. Some of the kernel's listings have
 * a number in its place, such as IFLA_VXLAN_TTL_INHERIT of vxlan_fill_info: 0 reads as false.
 */
export const flag: Codec<boolean> = {
  presence: true,
  source: (_at, length) => (length === 0 ? 'true' : undefined),
  decode(view, at, length) {
    for (let i = at; i < at + length; i++) if (view.getUint8(i) !== 0) return true
    return length === 0
  },
  encode(_out, value) {
    if (typeof value !== 'boolean') throw new EncodeError(value, 'true or false')
  },
}

/** Raw bytes, of a length between `min` and `max`. Decoding copies them, since receive buffers are reused. */
export function bytes(range: { min?: number; max?: number } = {}): Codec<Uint8Array> {
  const { min = 0, max = 0xffff - ATTRIBUTE_HEADER_SIZE } = range
  return {
    decode: (view, at, length) => copyOf(view, at, length),
    encode(out, value) {
      if (!(value instanceof Uint8Array) || value.length < min || value.length > max) {
        throw new EncodeError(value, `a Uint8Array of ${min === max ? min : `${min} to ${max}`} bytes`)
      }
      out.write(value)
    },
  }
}

/** Raw bytes of a fixed length: a member of a struct. */
export function block(size: number): FixedCodec<Uint8Array> {
  const any = bytes({ min: size, max: size })
  return {
    size,
    decode(view, at, length, parent) {
      requireLength(length, size)
      return any.decode(view, at, size, parent)
    },
    encode: any.encode,
  }
}

const hexBytes = lazy(() => Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0')))
const COLON = 58

/**
 * A link-layer address of any length, lower-case with colons: six bytes for Ethernet, four or sixteen for
 * tunnels, twenty for InfiniBand (`MAX_ADDR_LEN` is 32).
 */
export const hardwareAddress: Codec<string> = hex(1, 32, 'a link-layer address such as 02:00:00:00:00:01')

/** The same, or empty: the neighbours of links without such addresses, such as tun, have none. */
export const neighbourAddress: Codec<string> = hex(
  0,
  32,
  'a link-layer address such as 02:00:00:00:00:01, or empty where the link has none',
)

/** An Ethernet address of six bytes, lower-case with colons. */
export const mac: FixedCodec<string> = { size: 6, ...hex(6, 6, 'a MAC address such as 02:00:00:00:00:01') }

function hex(min: number, max: number, expected: string): Codec<string> {
  return {
    decode(view, at, length) {
      requireLength(length, min)
      const digits = hexBytes()
      const end = at + Math.min(length, max)
      let text = length > 0 ? (digits[view.getUint8(at)] as string) : ''
      for (let i = at + 1; i < end; i++) text += `:${digits[view.getUint8(i)]}`
      return text
    },
    encode(out: Writer, value) {
      const count = typeof value !== 'string' ? -1 : value === '' ? 0 : (value.length + 1) / 3
      if (!Number.isInteger(count) || count < min || count > max) throw new EncodeError(value, expected)
      const start = out.reserve(count)
      for (let i = 0; i < count; i++) {
        const at = i * 3
        const byte = (hexDigit(value.charCodeAt(at)) << 4) | hexDigit(value.charCodeAt(at + 1))
        const ends = i === count - 1 || value.charCodeAt(at + 2) === COLON
        // A digit that is none is -1, which makes the byte negative.
        if (byte < 0 || !ends) {
          out.at = start
          throw new EncodeError(value, expected)
        }
        out.bytes[start + i] = byte
      }
    },
  }
}
