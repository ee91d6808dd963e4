import { type EnumerationCodec, type FlagsCodec, type IpFamily, isEncodeError } from '../../protocol/index.js'
import { af } from '../../protocol/rtnetlink/shared/family.js'
import { ArgumentError } from '../errors.js'

/* Enumerations are given by name or by number, and mean the same. Where their values are compared, or decide about a
   default, they are brought into one form here. */

/**
 * The one form of a value that is given by name or by number; undefined if it is not given.
 * @throws {@link ArgumentError} when there is no such name
 */
export function canonical<Name extends string>(
  codec: EnumerationCodec<Name>,
  value: unknown,
  argument: string,
): Name | number | undefined {
  if (value === undefined) return undefined
  return asArgument(argument, value, () => codec.canonical(value))
}

/**
 * The bits that the flags stand for.
 * @throws {@link ArgumentError} when there is no such flag
 */
export function bitsOf<Name extends string>(
  codec: FlagsCodec<Name>,
  flags: unknown,
  argument: string,
): number {
  return asArgument(argument, flags, () => codec.toBits(flags))
}

/**
 * The flags without those that report a state and cannot be requested, so that listed objects can be passed back.
 * @param states the bits of the states
 * @throws {@link ArgumentError} when there is no such flag
 */
export function withoutStates<Flags>(
  codec: FlagsCodec<string>,
  flags: Flags,
  states: number,
  argument: string,
): Flags {
  if (flags === undefined) return flags
  const bits = bitsOf(codec, flags, argument)
  return (bits & states) === 0 ? flags : ([(bits & ~states) >>> 0] as Flags)
}

/**
 * The address family of a filter or a specification, which may be given by its number.
 * @throws {@link ArgumentError} when it is none of the `known` ones
 */
export function familyGiven<F extends keyof typeof af = IpFamily>(
  family: unknown,
  argument: string,
  known: readonly F[] = ['inet', 'inet6'] as readonly string[] as readonly F[],
): F | undefined {
  if (family === undefined) return undefined
  for (const one of known) if (family === one || family === af[one]) return one
  throw new ArgumentError(argument, family, known.map((one) => JSON.stringify(one)).join(' or '))
}

/** @throws {@link ArgumentError} when a family is given that is not the one of the address */
export function assertFamily(given: unknown, own: IpFamily, address: string): void {
  const family = familyGiven(given, 'family')
  if (family === undefined || family === own) return
  throw new ArgumentError('family', given, `left out or "${own}", the family of ${address}`)
}

function asArgument<T>(argument: string, value: unknown, convert: () => T): T {
  try {
    return convert()
  } catch (error) {
    if (!isEncodeError(error)) throw error
    const message = error.message.replace(/^the value/, argument)
    throw new ArgumentError(argument, value, error.expected, message)
  }
}
