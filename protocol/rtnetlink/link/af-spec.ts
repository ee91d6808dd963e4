import { ipv6 } from '../../codec/address.js'
import { arrayOf } from '../../codec/arrays.js'
import { attributes } from '../../codec/attributes.js'
import { s32, u8, u32, u64 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'
import { struct } from '../../codec/struct.js'

/** IFLA_INET_*: a link's IPv4 settings. include/uapi/linux/if_link.h */
export const inetLink = attributes({
  /** IFLA_INET_CONF: the values of net.ipv4.conf, in the order of IPV4_DEVCONF_* (include/uapi/linux/ip.h) */
  conf: [1, arrayOf(u32)],
})

/** IFLA_INET6_*: a link's IPv6 settings. include/uapi/linux/if_link.h */
export const inet6Link = attributes({
  /** IFLA_INET6_FLAGS */
  flags: [1, u32],
  /** IFLA_INET6_CONF: the values of net.ipv6.conf, in the order of DEVCONF_* (include/uapi/linux/ipv6.h) */
  conf: [2, arrayOf(s32)],
  /** IFLA_INET6_STATS */
  stats: [3, arrayOf(u64)],
  /** IFLA_INET6_CACHEINFO */
  cacheinfo: [5, struct({ maxReasmLen: u32, tstamp: u32, reachableTime: s32, retransTime: u32 })],
  /** IFLA_INET6_ICMP6STATS */
  icmp6stats: [6, arrayOf(u64)],
  /** IFLA_INET6_TOKEN */
  token: [7, ipv6],
  /** IFLA_INET6_ADDR_GEN_MODE */
  addrGenMode: [8, enumeration(u8, { eui64: 0, none: 1, stablePrivacy: 2, random: 3 })],
  /** IFLA_INET6_RA_MTU, bytes */
  raMtu: [9, u32],
})

/** IFLA_MCTP_*. include/uapi/linux/if_link.h */
export const mctpLink = attributes({
  /** IFLA_MCTP_NET */
  net: [1, u32],
  /** IFLA_MCTP_PHYS_BINDING */
  physBinding: [2, u8],
})
