import type { FixedCodec } from './codec.js'
import { EncodeError } from './errors.js'
import type { IntegerCodec } from './integers.js'

/** An integer that only says yes or no: 1 or 0 on the wire. */
export function bool(base: IntegerCodec): FixedCodec<boolean> {
  return {
    size: base.size,
    decode: (view, at, length, owner) => base.decode(view, at, length, owner) !== 0,
    encode(out, value, owner) {
      if (typeof value !== 'boolean') throw new EncodeError(value, 'true or false')
      base.encode(out, value ? 1 : 0, owner)
    },
  }
}
