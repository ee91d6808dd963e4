import { lazy } from '../codec/lazy.js'

/** Message types of NETLINK_ROUTE, less their RTM_ prefix. include/uapi/linux/rtnetlink.h */
export const rtm = {
  newlink: 16,
  dellink: 17,
  getlink: 18,
  setlink: 19,
  newaddr: 20,
  deladdr: 21,
  getaddr: 22,
  newroute: 24,
  delroute: 25,
  getroute: 26,
  newrule: 32,
  delrule: 33,
  getrule: 34,
  newnsid: 88,
  delnsid: 89,
  getnsid: 90,
} as const

export type RtmName = keyof typeof rtm

const names = lazy(
  () =>
    new Map<number, string>(Object.entries(rtm).map(([name, type]) => [type, `RTM_${name.toUpperCase()}`])),
)

/** The name of a message type in error messages: `16` → `'RTM_NEWLINK'`, `'RTM_999'` where it has none. */
export function rtmName(type: number): string {
  return names().get(type) ?? `RTM_${type}`
}

/** Multicast groups of NETLINK_ROUTE, less their RTNLGRP_ prefix. include/uapi/linux/rtnetlink.h */
export const rtnlgrp = {
  link: 1,
  notify: 2,
  neigh: 3,
  tc: 4,
  ipv4Ifaddr: 5,
  ipv4Mroute: 6,
  ipv4Route: 7,
  ipv4Rule: 8,
  ipv6Ifaddr: 9,
  ipv6Mroute: 10,
  ipv6Route: 11,
  ipv6Ifinfo: 12,
  ipv6Prefix: 18,
  ipv6Rule: 19,
  ndUseropt: 20,
  phonetIfaddr: 21,
  phonetRoute: 22,
  dcb: 23,
  ipv4Netconf: 24,
  ipv6Netconf: 25,
  mdb: 26,
  mplsRoute: 27,
  nsid: 28,
  mplsNetconf: 29,
  ipv4MrouteR: 30,
  ipv6MrouteR: 31,
  nexthop: 32,
  brvlan: 33,
  mctpIfaddr: 34,
  tunnel: 35,
  stats: 36,
} as const
