import type { LinkMessageInput } from '../../../protocol/index.js'

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
