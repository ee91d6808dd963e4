import { inspect } from '../errors.js'
import { suggestion } from '../nearest.js'
import { bytes } from './bytes.js'
import type { AnyCodec, Codec, Input, Parent, Value } from './codec.js'
import { EncodeError } from './errors.js'

export type Choices = Readonly<Record<string, AnyCodec>>

/** One of several codecs, selected by a sibling's value: `data` by `kind`, `afSpec` by the header's `family`. */
export interface SelectCodec<Sibling extends string, T extends Choices>
  extends Codec<Value<T[keyof T]> | Uint8Array, Input<T[keyof T]> | Uint8Array> {
  readonly sibling: Sibling
  readonly choices: T
  readonly nested: true
}

const raw = bytes()

/**
 * Declares an attribute whose form depends on a sibling: another attribute of the same set, before or after it on the
 * wire, or a field of the message's header. For a sibling's value that has no entry, the value is raw bytes.
 *
 * A set in which both the sibling and the selected attribute are declared has a discriminated union as its type. There
 * can be one such pair a set; give others a plain type with {@link undiscriminated}.
 *
 * ```ts
 * attributes({ kind: [1, text({ max: 15 })], data: [2, select('kind', { vlan, vxlan })] })
 * ```
 */
export function select<const Sibling extends string, const T extends Choices>(
  sibling: Sibling,
  choices: T,
): SelectCodec<Sibling, T> {
  const chosen = (parent: Parent): AnyCodec | undefined => {
    const name = parent[sibling]
    return typeof name === 'string' && Object.hasOwn(choices, name) ? choices[name] : undefined
  }
  function undeclared(value: unknown, name: unknown): EncodeError {
    const expected = `a Uint8Array where ${sibling} is ${inspect(name)}`
    const hint = suggestion(String(name), Object.keys(choices))
    return new EncodeError(value, expected, `must be ${expected}, got ${inspect(value)}; ${hint}`)
  }
  return {
    sibling,
    choices,
    nested: true,
    decode(view, at, length, parent) {
      return (chosen(parent) ?? raw).decode(view, at, length, parent) as Value<T[keyof T]> | Uint8Array
    },
    encode(out, value, parent) {
      if (value instanceof Uint8Array) return raw.encode(out, value, parent)
      const codec = chosen(parent)
      if (codec === undefined) throw undeclared(value, parent[sibling])
      codec.encode(out, value as never, parent)
    },
    resolve: (parent) => chosen(parent) ?? raw,
    locate(view, at, length, target, parent) {
      return chosen(parent)?.locate?.(view, at, length, target, parent)
    },
  }
}

/**
 * The same codec, whose type does not depend on its sibling: the union of all choices. TypeScript multiplies
 * discriminated unions that are combined, and gives up at 31 × 31 members.
 */
export function undiscriminated<Out, In>(codec: Codec<Out, In>): Codec<Out, In> {
  return codec
}
