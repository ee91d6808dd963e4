import { u8 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'

/** Address families, less their AF_ prefix. include/linux/socket.h */
export const af = {
  unspec: 0,
  inet: 2,
  bridge: 7,
  inet6: 10,
  netlink: 16,
  packet: 17,
  mpls: 28,
  mctp: 45,
} as const

export const family = enumeration(u8, af)

/** Whether the number of a family is that of IPv4 or IPv6. */
export const isIpFamily = (number: number): boolean => number === af.inet || number === af.inet6

/** The families of IP addresses and routes. */
export type IpFamily = 'inet' | 'inet6'
