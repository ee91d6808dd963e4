import type { FixedCodec } from './codec.js'
import { EncodeError } from './errors.js'
import type { IntegerCodec } from './integers.js'

/**
 * An integer that means true or false: 1 or 0 on the wire, where any other number reads as true. So does an attribute
 * without payload, by which some kernels say the same.
 */
export function bool(base: IntegerCodec): FixedCodec<boolean> {
  return {
    size: base.size,
    source(at, length) {
      const number = base.source(at, length)
      return number && `${number} !== 0`
    },
    decode: (view, at, length, parent) => length === 0 || base.decode(view, at, length, parent) !== 0,
    encode(out, value, parent) {
      if (typeof value !== 'boolean') throw new EncodeError(value, 'true or false')
      base.encode(out, value ? 1 : 0, parent)
    },
  }
}
