import type { FixedCodec } from './codec.js'
import { EncodeError } from './errors.js'
import type { IntegerCodec } from './integers.js'
import type { Writer } from './writer.js'

/** A codec with names for its numbers, which documentation and tests can list. */
export interface NamesCodec<Out, In> extends FixedCodec<Out, In> {
  readonly names: Readonly<Record<string, number>>
}

/**
 * An integer whose values have names. A number without a name is given, and taken, as a number: a newer
 * kernel's value survives.
 */
export function enumeration<const N extends Readonly<Record<string, number>>>(
  base: IntegerCodec,
  names: N,
): NamesCodec<(keyof N & string) | number, (keyof N & string) | number> {
  type Name = keyof N & string
  const byName = new Map<unknown, number>(Object.entries(names))
  const byNumber = new Map<number, Name>()
  for (const [name, number] of Object.entries(names)) {
    if (!byNumber.has(number)) byNumber.set(number, name as Name)
  }
  const expected = `one of ${Object.keys(names).join(', ')}, or an integer from ${base.min} to ${base.max}`
  // Of a byte, all that there may be.
  const all = Array.from(
    { length: base.max === 0xff ? 256 : 0 },
    (_, number) => byNumber.get(number) ?? number,
  )
  const { source } = base
  return {
    size: base.size,
    names,
    ...(source && all.length > 0
      ? { source: (at: string, bind: (value: unknown) => string) => `${bind(all)}[${source(at, bind)}]` }
      : {}),
    decode(view, at, length, owner) {
      const number = base.decode(view, at, length, owner)
      return byNumber.get(number) ?? number
    },
    encode(out: Writer, value, owner) {
      const number = typeof value === 'number' ? value : byName.get(value)
      if (number === undefined) throw new EncodeError(value, expected)
      base.encode(out, number, owner)
    },
  }
}

/**
 * An integer whose bits have names, as the array of those that are set. Bits without a name are given, and
 * taken, as one number at the end. Arrays are frozen and shared between equal values: a dump makes few.
 */
export function bitFlags<const N extends Readonly<Record<string, number>>>(
  base: IntegerCodec,
  names: N,
): NamesCodec<readonly ((keyof N & string) | number)[], readonly ((keyof N & string) | number)[]> {
  type Flags = readonly ((keyof N & string) | number)[]
  const entries = Object.entries(names) as [keyof N & string, number][]
  const byName = new Map<unknown, number>(entries)
  const seen = new Map<number, Flags>()
  let last: { readonly bits: number; readonly flags: Flags } = { bits: 0, flags: spell(0) }
  const expected = `an array of ${Object.keys(names).join(', ')}, or numbers`

  function spell(bits: number): Flags {
    const flags: ((keyof N & string) | number)[] = []
    let rest = bits
    for (const [name, bit] of entries) {
      if ((bits & bit) >>> 0 === bit) {
        flags.push(name)
        rest = (rest & ~bit) >>> 0
      }
    }
    if (rest !== 0) flags.push(rest)
    return Object.freeze(flags)
  }

  return {
    size: base.size,
    names,
    decode(view, at, length, owner) {
      const bits = base.decode(view, at, length, owner)
      if (bits === last.bits) return last.flags
      let flags = seen.get(bits)
      if (flags === undefined) {
        flags = spell(bits)
        // Far more than any kernel shows; a bound so that odd bytes cannot fill the memory.
        if (seen.size < 1024) seen.set(bits, flags)
      }
      last = { bits, flags }
      return flags
    },
    encode(out: Writer, value, owner) {
      if (!Array.isArray(value)) throw new EncodeError(value, expected)
      let bits = 0
      for (const name of value as Flags) {
        const bit = typeof name === 'number' ? name : byName.get(name)
        if (bit === undefined || !Number.isInteger(bit) || bit < 0 || bit > base.max) {
          throw new EncodeError(name, expected)
        }
        bits = (bits | bit) >>> 0
      }
      base.encode(out, bits, owner)
    },
  }
}
