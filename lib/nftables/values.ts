import type { NftExpressionInput, NftSetElementInput } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import { type Datatype, integerBytes, type NftValue, padded } from './datatypes.js'

type NftData = NonNullable<NftSetElementInput['data']>

/** What becomes of a packet. */
export type NftVerdict =
  | 'accept'
  | 'drop'
  | 'continue'
  | 'return'
  | { readonly jump: string }
  | { readonly goto: string }

/** @throws ArgumentError */
export function verdictData(verdict: NftVerdict, argument = 'verdict'): NftData {
  if (typeof verdict === 'object' && verdict !== null) {
    if ('jump' in verdict) return { verdict: { code: 'jump', chain: verdict.jump } }
    if ('goto' in verdict) return { verdict: { code: 'goto', chain: verdict.goto } }
  } else if (['accept', 'drop', 'continue', 'return'].includes(verdict)) return { verdict: { code: verdict } }
  throw new ArgumentError(argument, verdict, 'accept, drop, continue, return, { jump } or { goto }')
}

/** The expression that ends with a verdict. @throws ArgumentError */
export function verdictExpression(verdict: NftVerdict): NftExpressionInput {
  return { name: 'immediate', data: { dreg: 0, data: verdictData(verdict) } }
}

/** All values from one to another, both within. */
export interface Interval {
  readonly from: Uint8Array
  readonly to: Uint8Array
}

/** Reads a value, a prefix (`10.0.0.0/8`) or a range (`1024-65535`). @throws ArgumentError */
export function parseInterval(type: Datatype, value: NftValue, argument: string): Interval {
  if (typeof value === 'string' && type.name !== 'ifname') {
    const [first = '', last, ...more] = value.split('-')
    if (last !== undefined && more.length === 0 && type.names?.[value] === undefined) {
      const [from, to] = [type.parse(first.trim(), argument), type.parse(last.trim(), argument)]
      if (compareBytes(from, to) > 0)
        throw new ArgumentError(argument, value, 'a range that begins with the lesser value')
      return { from, to }
    }
    const slash = value.indexOf('/')
    if (slash >= 0) return parsePrefix(type, value, slash, argument)
  }
  const from = type.parse(value, argument)
  return { from, to: from }
}

function parsePrefix(type: Datatype, value: string, slash: number, argument: string): Interval {
  const bits = 8 * type.length
  const digits = value.slice(slash + 1)
  const length = /^\d{1,3}$/.test(digits) ? Number(digits) : -1
  if (length < 0 || length > bits) {
    throw new ArgumentError(argument, value, `a prefix of 0 to ${bits} bits`)
  }
  const address = type.parse(value.slice(0, slash), argument)
  const mask = maskOf(length, type.length)
  return {
    from: address.map((byte, i) => byte & (mask[i] as number)),
    to: address.map((byte, i) => byte | (~(mask[i] as number) & 0xff)),
  }
}

/** A mask whose first bits are set. */
export function maskOf(bits: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (0xff00 >> Math.min(8, Math.max(0, bits - 8 * i))) & 0xff)
}

/** How many bits at the beginning are set, where those and no others are. */
export function prefixLength(mask: Uint8Array): number | undefined {
  let bits = 0
  while (bits < 8 * mask.length && ((mask[bits >> 3] as number) & (0x80 >> (bits & 7))) !== 0) bits++
  return compareBytes(mask, maskOf(bits, mask.length)) === 0 ? bits : undefined
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** The next value up or down; undefined beyond the last. */
export function neighbour(bytes: Uint8Array, step: 1 | -1): Uint8Array | undefined {
  const next = bytes.slice()
  for (let i = next.length - 1; i >= 0; i--) {
    const byte = (next[i] as number) + step
    next[i] = byte & 0xff
    if (byte >= 0 && byte <= 0xff) return next
  }
  return undefined
}

/** Keys or values in parts, each at the beginning of a register. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + padded(part.length), 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += padded(part.length)
  }
  return joined
}

/** Numbers with names as bits of one: connection states. @throws ArgumentError */
export function bitsOf(type: Datatype, values: readonly NftValue[], argument: string): Uint8Array {
  const bits = values.map((value) => type.parse(value, argument))
  return bits.reduce(
    (all, one) => all.map((byte, i) => byte | (one[i] as number)),
    integerBytes(0, type.length, type.big),
  )
}
