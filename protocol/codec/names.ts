import { inspect } from '../errors.js'
import { nearest, suggestion } from '../nearest.js'
import type { FixedCodec } from './codec.js'
import { EncodeError } from './errors.js'
import type { IntegerCodec } from './integers.js'
import { lazy } from './lazy.js'
import type { Writer } from './writer.js'

/** A codec with names for its numbers, which documentation and tests can list. */
export interface NamesCodec<Out, In> extends FixedCodec<Out, In> {
  readonly names: Readonly<Record<string, number>>
}

/** An integer whose values have names. */
export interface EnumerationCodec<Name extends string> extends NamesCodec<Name | number, Name | number> {
  /**
   * The one form of a value that is given by name or by number: its name, or the number where it has none.
   * @throws {@link EncodeError} when there is no such name, or the number does not fit
   */
  canonical(value: unknown): Name | number
}

/** An integer whose bits have names. */
export interface FlagsCodec<Name extends string>
  extends NamesCodec<readonly (Name | number)[], readonly (Name | number)[]> {
  /**
   * The bits that an array of names and numbers stands for.
   * @throws {@link EncodeError} when there is no such flag, or a number does not fit
   */
  toBits(flags: unknown): number
}

/**
 * An integer whose values have names. A number without a name is decoded as that number, and accepted as one: the
 * values of a newer kernel survive a round trip.
 *
 * ```ts
 * const mode = enumeration(u32, { private: 1, vepa: 2 })   // 'private' | 'vepa' | number
 * ```
 */
export function enumeration<const N extends Readonly<Record<string, number>>>(
  base: IntegerCodec,
  names: N,
): EnumerationCodec<keyof N & string> {
  type Name = keyof N & string
  const tables = lazy(() => {
    const byName = new Map<unknown, number>()
    const byNumber = new Map<number, Name>()
    for (const [name, number] of Object.entries(names)) {
      byName.set(name, number)
      // Where two names share a number, the first one is decoded.
      if (!byNumber.has(number)) byNumber.set(number, name as Name)
    }
    return { byName, byNumber, toName: (number: number) => byNumber.get(number) ?? number }
  })
  /** The name or number of each of the 256 values of a byte. */
  const ofByte = lazy(() => Array.from({ length: 256 }, (_, number) => tables().toName(number)))

  function toNumber(value: unknown): number {
    const number = typeof value === 'number' ? value : tables().byName.get(value)
    if (number === undefined) throw unknownName(value, Object.keys(names), base)
    if (!Number.isInteger(number) || number < base.min || number > base.max) {
      throw new EncodeError(number, `an integer from ${base.min} to ${base.max}`)
    }
    return number
  }

  return {
    size: base.size,
    names,
    canonical: (value) => tables().toName(toNumber(value)),
    source(at, length, { bind }) {
      const number = base.source(at, length)
      if (number === undefined) return undefined
      return base.max === 0xff ? `${bind(ofByte())}[${number}]` : `${bind(tables().toName)}(${number})`
    },
    decode: (view, at, length, parent) => tables().toName(base.decode(view, at, length, parent)),
    encode(out: Writer, value, parent) {
      base.encode(out, toNumber(value), parent)
    },
  }
}

function unknownName(value: unknown, known: readonly string[], { min, max }: IntegerCodec): EncodeError {
  const expected = `one of ${known.join(', ')}, or an integer from ${min} to ${max}`
  const near = typeof value === 'string' ? nearest(value, known) : undefined
  const hint = near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`
  return new EncodeError(value, expected, `must be ${expected}, got ${inspect(value)}${hint}`)
}

/** Distinct sets of flags that are cached; a bound, so that corrupt input cannot fill the memory. */
const CACHED_SETS_MAX = 1024

/**
 * An integer whose bits have names, as the array of those that are set. Bits without a name are decoded, and accepted,
 * as one number at the end. The arrays are frozen and shared between equal values, since a dump has few distinct ones.
 */
export function bitFlags<const N extends Readonly<Record<string, number>>>(
  base: IntegerCodec,
  names: N,
): FlagsCodec<keyof N & string> {
  type Name = keyof N & string
  type Flags = readonly (Name | number)[]
  const byName = lazy(() => new Map<unknown, number>(Object.entries(names)))
  const cache = lazy(() => new Map<number, Flags>())
  let lastBits: number | undefined
  let lastFlags: Flags = []

  function listNames(bits: number): Flags {
    const flags: (Name | number)[] = []
    let remaining = bits
    for (const [name, bit] of Object.entries(names)) {
      if ((bits & bit) >>> 0 === bit) {
        flags.push(name as Name)
        remaining = (remaining & ~bit) >>> 0
      }
    }
    if (remaining !== 0) flags.push(remaining)
    return Object.freeze(flags)
  }

  function toNames(bits: number): Flags {
    if (bits === lastBits) return lastFlags
    let flags = cache().get(bits)
    if (flags === undefined) {
      flags = listNames(bits)
      if (cache().size < CACHED_SETS_MAX) cache().set(bits, flags)
    }
    lastBits = bits
    lastFlags = flags
    return flags
  }

  function unknownFlag(name: unknown): EncodeError {
    const known = Object.keys(names)
    const expected = `an array of ${known.join(', ')}, or numbers`
    if (typeof name !== 'string') return new EncodeError(name, expected)
    return new EncodeError(name, expected, `has no flag ${inspect(name)}; ${suggestion(name, known)}`)
  }

  function toBits(flags: unknown): number {
    if (!Array.isArray(flags)) {
      throw new EncodeError(flags, `an array of ${Object.keys(names).join(', ')}, or numbers`)
    }
    let bits = 0
    for (const name of flags as readonly unknown[]) {
      const bit = typeof name === 'number' ? name : byName().get(name)
      if (bit === undefined) throw unknownFlag(name)
      if (!Number.isInteger(bit) || bit < 0 || bit > base.max) {
        throw new EncodeError(bit, `an array of names, or integers from 0 to ${base.max}`)
      }
      bits = (bits | bit) >>> 0
    }
    return bits
  }

  return {
    size: base.size,
    names,
    toBits,
    source(at, length, { bind }) {
      const bits = base.source(at, length)
      return bits && `${bind(toNames)}(${bits})`
    },
    decode: (view, at, length, parent) => toNames(base.decode(view, at, length, parent)),
    encode: (out: Writer, value, parent) => base.encode(out, toBits(value), parent),
  }
}
