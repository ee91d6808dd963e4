import type { LinkMessageInput } from '../../../protocol/index.js'
import type { ChangeOnly, CreationOnly } from './types.js'

/** The attributes that are the same in a request as in `Link`. */
export const PLAIN = [
  'address',
  'broadcast',
  'mtu',
  'txqlen',
  'ifalias',
  'group',
  'operstate',
  'linkmode',
  'numTxQueues',
  'numRxQueues',
  'gsoMaxSize',
  'gsoMaxSegs',
  'groMaxSize',
  'gsoIpv4MaxSize',
  'groIpv4MaxSize',
  'protoDown',
  'carrier',
  'afSpec',
  'xdp',
  'newIfindex',
  'unknown',
] as const satisfies readonly (keyof LinkMessageInput)[]

/** What the kernel ignores while a link is added. net/core/rtnetlink.c: rtnl_create_link */
export const CHANGE_ONLY = [
  'ifalias',
  'protoDown',
  'carrier',
  'afSpec',
  'xdp',
] as const satisfies readonly ChangeOnly[]

/** What the kernel ignores later. net/core/rtnetlink.c: do_setlink */
export const CREATION_ONLY = ['numTxQueues', 'numRxQueues'] as const satisfies readonly CreationOnly[]

/** IFF_* that can be set, under iproute2's names: the flag, and its value when the option is true. */
export const FLAGS = {
  up: ['up', true],
  arp: ['noarp', false],
  multicast: ['multicast', true],
  allmulticast: ['allmulti', true],
  promisc: ['promisc', true],
  dynamic: ['dynamic', true],
  trailers: ['notrailers', false],
} as const
