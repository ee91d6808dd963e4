import { ArgumentError } from '../errors.js'
import { type Datatype, integerType, type NftValue } from './datatype.js'
import { datatypes } from './datatypes.js'
import { rtKeys } from './expressions/rt.js'
import { socketKeys } from './expressions/socket.js'
import { type Selector, whole } from './selector.js'
import { unknownName } from './unknown-name.js'

/** What of the packet a route is looked up by. */
export type FibFlag = 'saddr' | 'daddr' | 'mark' | 'iif' | 'oif'
/** What is asked of the route: its link, the name of that, or the type of the address. */
export type FibResult = 'oif' | 'oifname' | 'type'

const FIB_FLAGS: readonly FibFlag[] = ['saddr', 'daddr', 'mark', 'iif', 'oif']

const FIB_RESULTS = {
  oif: { result: 'oif', type: datatypes.iface_index },
  oifname: { result: 'oifname', type: datatypes.ifname },
  type: { result: 'addrtype', type: datatypes.fib_addrtype },
} as const

/** Whether there is a route: NFTA_FIB_F_PRESENT makes the result 0 or 1, in 4 bytes. */
const presence: Datatype = integerType('boolean', datatypes.fib_addrtype.number, 4, {
  bigEndian: false,
  names: { missing: 0, exists: 1 },
})

/**
 * What the routing table says of a packet.
 * @param values they decide whether only the presence of a route is asked for
 */
export function fibSelector(
  flags: FibFlag | readonly FibFlag[],
  result: FibResult,
  values: readonly NftValue[],
): Selector {
  const given = typeof flags === 'string' ? [flags] : flags
  if (!Array.isArray(given)) throw unknownName('flags', flags, FIB_FLAGS)
  const wrong = given.find((flag) => !FIB_FLAGS.includes(flag))
  if (wrong !== undefined) throw unknownName('flags', wrong, FIB_FLAGS)
  if (!given.includes('saddr') && !given.includes('daddr')) {
    throw new ArgumentError('flags', flags, 'flags with saddr or daddr')
  }
  if (!Object.hasOwn(FIB_RESULTS, result)) throw unknownName('result', result, Object.keys(FIB_RESULTS))
  const { result: name, type } = FIB_RESULTS[result]
  const isPresence = result !== 'type' && values.some((value) => value === 'missing' || value === 'exists')
  return whole(`fib ${given.join(' . ')} ${result}`, isPresence ? presence : type, (dreg) => ({
    name: 'fib',
    data: { dreg, result: name, flags: isPresence ? [...given, 'present'] : [...given] },
  }))
}

/** A property of the local socket of a packet. */
export type SocketKeyName = keyof typeof socketKeys

export function socketSelector(key: SocketKeyName): Selector {
  if (!Object.hasOwn(socketKeys, key)) throw unknownName('key', key, Object.keys(socketKeys))
  return whole(`socket ${key}`, socketKeys[key], (dreg) => ({ name: 'socket', data: { key, dreg } }))
}

/** A property of the route of a packet, by the names of NFT_RT_*. */
export type RtKeyName = keyof typeof rtKeys

export function rtSelector(key: RtKeyName): Selector {
  if (!Object.hasOwn(rtKeys, key)) throw unknownName('key', key, Object.keys(rtKeys))
  return whole(`rt ${key}`, rtKeys[key].type, (dreg) => ({ name: 'rt', data: { key, dreg } }))
}
