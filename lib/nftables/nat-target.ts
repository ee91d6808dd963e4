import { type NftExpressionInput, nftRegister } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import type { NftValue } from './datatype.js'
import { datatypes } from './datatypes.js'
import { loadConstant } from './expressions/immediate.js'
import { compareBytes, type Interval, parseInterval } from './values.js'

/** The addresses and ports that a connection is translated to. */
export interface NatTarget {
  /** As it was given. */
  readonly text: string
  /** Undefined without an address. */
  readonly family: 'ip' | 'ip6' | undefined
  readonly address: Interval | undefined
  readonly ports: Interval | undefined
}

/** An IPv6 address followed by a port stands in brackets. */
const TARGET =
  /^(?:\[(?<bracketed>[^\]]+)\]|(?<ip>[^:[\]]+)|(?<ip6>[^[\]]*:[^[\]]*:[^[\]]*))?(?::(?<ports>\d+(?:-\d+)?))?$/

/**
 * Reads `10.0.0.2`, `10.0.0.2:80`, `[2001:db8::1]:80`, `10.0.0.2-10.0.0.9:1000-2000`, `:80`.
 * @throws {@link ArgumentError} when the text has another form
 */
export function parseTarget(text: string, argument: string): NatTarget {
  const found = typeof text === 'string' && text !== '' ? TARGET.exec(text)?.groups : undefined
  if (found === undefined) {
    const examples = '192.0.2.1, 192.0.2.1:80, [2001:db8::1]:80, :80; each may be a range'
    throw new ArgumentError(argument, text, `an address, a port or both (${examples})`)
  }
  const { ip, ports } = found
  const ip6 = found['bracketed'] ?? found['ip6']
  const address = ip6 ?? ip
  const type = ip6 === undefined ? datatypes.ipv4_addr : datatypes.ipv6_addr
  return {
    text,
    family: address === undefined ? undefined : ip6 === undefined ? 'ip' : 'ip6',
    address: address === undefined ? undefined : parseInterval(type, address, argument),
    ports: ports === undefined ? undefined : parseInterval(datatypes.inet_service, ports, argument),
  }
}

interface LoadedInterval {
  readonly loads: readonly NftExpressionInput[]
  /** The registers with its first and last value; undefined if there is none. */
  readonly min: number | undefined
  readonly max: number | undefined
}

/** Loads both ends of an interval into registers, or its only value into the first. */
export function loadInterval(interval: Interval | undefined, first: number, second: number): LoadedInterval {
  if (interval === undefined) return { loads: [], min: undefined, max: undefined }
  const { from, to } = interval
  if (compareBytes(from, to) === 0) return { loads: [loadConstant(first, from)], min: first, max: undefined }
  return { loads: [loadConstant(first, from), loadConstant(second, to)], min: first, max: second }
}

/**
 * Loads a port or a range of ports.
 * @throws {@link ArgumentError} when the value is not a port or a range of ports
 */
export function loadPorts(ports: NftValue | undefined): LoadedInterval {
  const interval = ports === undefined ? undefined : parseInterval(datatypes.inet_service, ports, 'ports')
  return loadInterval(interval, nftRegister.reg1, nftRegister.reg2)
}
