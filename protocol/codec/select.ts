import { bytes } from './bytes.js'
import type { AnyCodec, Codec, Input, Owner, Value } from './codec.js'
import { EncodeError } from './errors.js'

export type Choices = Readonly<Record<string, AnyCodec>>

/** One of many, by a sibling's value: `data` by `kind`, `encap` by `encapType`, `afSpec` by `family`. */
export interface SelectCodec<Sibling extends string, T extends Choices>
  extends Codec<Value<T[keyof T]> | Uint8Array, Input<T[keyof T]> | Uint8Array> {
  readonly sibling: Sibling
  readonly choices: T
  readonly deferred: true
  readonly nested: true
}

const raw = bytes()

/**
 * Declares an attribute whose form depends on a sibling: another attribute of the same set, before or after it
 * on the wire, or a field of the message's header. Where the sibling has no entry the value is raw bytes.
 */
export function select<const Sibling extends string, const T extends Choices>(
  sibling: Sibling,
  choices: T,
): SelectCodec<Sibling, T> {
  const table = new Map<unknown, AnyCodec>(Object.entries(choices))
  const chosen = (owner: Owner) => table.get(owner[sibling])
  return {
    sibling,
    choices,
    deferred: true,
    nested: true,
    decode(view, at, length, owner) {
      return (chosen(owner) ?? raw).decode(view, at, length, owner) as Value<T[keyof T]> | Uint8Array
    },
    encode(out, value, owner) {
      const codec = chosen(owner)
      if (value instanceof Uint8Array) return raw.encode(out, value, owner)
      if (codec === undefined) {
        throw new EncodeError(
          value,
          `a Uint8Array: nothing is declared for ${sibling} = ${JSON.stringify(owner[sibling])}, only for ${Object.keys(choices).join(', ')}`,
        )
      }
      codec.encode(out, value as never, owner)
    },
    resolve: (owner) => chosen(owner) ?? raw,
    locate(view, at, length, target, owner) {
      return chosen(owner)?.locate?.(view, at, length, target, owner)
    },
  }
}
