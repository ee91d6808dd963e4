import {
  type AnyCodec,
  addressMessage,
  af,
  linkMessage,
  routeMessage,
  rtm,
  rtnlgrp,
  ruleMessage,
} from '../../../protocol/index.js'
import type { Read } from '../../connection/index.js'
import { type Address, readAddress } from '../address/spec.js'
import { type Link, readLink } from '../link/spec.js'
import { type Route, readRoute } from '../route/spec.js'
import { type Rule, readRule } from '../rule/spec.js'

/** What can be watched, and what comes of it. */
export interface Watchable {
  link: Link
  address: Address
  route: Route
  rule: Rule
}

/** How one sort of object is watched. */
export interface WatchTable<V> {
  readonly groups: readonly number[]
  readonly added: number
  readonly removed: number
  readonly get: number
  /** Writes what is asked of a listing. */
  readonly codec: AnyCodec
  /** What to ask a listing for, besides the family and the target. */
  readonly ask: Readonly<Record<string, unknown>>
  /** The attribute by which a listing is asked of another namespace, where there is one. */
  readonly target: 'targetNetnsid' | undefined
  /** undefined for a message that is about something else. */
  readonly read: Read<V | undefined>
  /** What a replacement shares with what it replaces. */
  readonly slot: (value: V) => string
  /** What no two have in common. */
  readonly identity: (value: V) => string
  /** Members that change all the time, or that only notifications have, by their paths: no news. */
  readonly restless: readonly string[]
}

const link: WatchTable<Link> = {
  groups: [rtnlgrp.link],
  added: rtm.newlink,
  removed: rtm.dellink,
  get: rtm.getlink,
  codec: linkMessage,
  ask: { extMask: ['skipStats'] },
  target: 'targetNetnsid',
  // Bridges speak of their ports in the same group, under their own family: a port that leaves is not a link that goes.
  read: (view, at, length) =>
    length > 0 && view.getUint8(at) === af.unspec ? readLink(view, at, length) : undefined,
  slot: ({ index }) => String(index),
  identity: ({ index }) => String(index),
  restless: [
    'stats64',
    'event',
    'newNetnsid',
    'newIfindex',
    'targetNetnsid',
    'numVf',
    'vfinfoList',
    'afSpec.inet6.stats',
    'afSpec.inet6.icmp6stats',
    'afSpec.inet6.cacheinfo',
    'data.helloTimer',
    'data.tcnTimer',
    'data.topologyChangeTimer',
    'data.gcTimer',
    'data.fdbNLearned',
    'data.mcastQuerierState',
    'slave.data.messageAgeTimer',
    'slave.data.forwardDelayTimer',
    'slave.data.holdTimer',
  ],
}

const address: WatchTable<Address> = {
  groups: [rtnlgrp.ipv4Ifaddr, rtnlgrp.ipv6Ifaddr],
  added: rtm.newaddr,
  removed: rtm.deladdr,
  get: rtm.getaddr,
  codec: addressMessage,
  ask: {},
  target: 'targetNetnsid',
  read: readAddress,
  slot: ({ link, address, peer }) => `${link} ${address} ${peer}`,
  identity: ({ link, address, peer }) => `${link} ${address} ${peer}`,
  // Lifetimes run down by themselves.
  restless: ['validLft', 'preferredLft'],
}

const route: WatchTable<Route> = {
  groups: [rtnlgrp.ipv4Route, rtnlgrp.ipv6Route],
  added: rtm.newroute,
  removed: rtm.delroute,
  get: rtm.getroute,
  codec: routeMessage,
  ask: {},
  target: undefined,
  read: (view, at, length) => {
    const route = readRoute(view, at, length)
    return route.flags.includes('cloned') ? undefined : route
  },
  slot: ({ family, table, dst, src, tos, priority }) =>
    `${family} ${table} ${dst} ${src} ${tos} ${priority ?? 0}`,
  identity: ({ family, table, dst, src, tos, priority, type, scope, oif, gateway, via, multipath, nhId }) =>
    `${family} ${table} ${dst} ${src} ${tos} ${priority ?? 0} ${type} ${scope} ${nhId ?? `${oif} ${gateway} ${via} ${hops(multipath)}`}`,
  restless: ['cacheinfo', 'expires'],
}

function hops(multipath: Route['multipath']): string {
  return multipath?.map(({ oif, gateway, via, weight }) => `${oif}/${gateway}/${via}/${weight}`).join() ?? ''
}

/** Rules have no names, and may differ in anything. */
function describeRule(rule: Rule): string {
  return Object.entries(rule)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .sort()
    .join()
}

const rule: WatchTable<Rule> = {
  groups: [rtnlgrp.ipv4Rule, rtnlgrp.ipv6Rule],
  added: rtm.newrule,
  removed: rtm.delrule,
  get: rtm.getrule,
  codec: ruleMessage,
  ask: {},
  target: undefined,
  read: readRule,
  slot: describeRule,
  identity: describeRule,
  restless: [],
}

/** One entry for each sort of object: a further one is watched by a further entry. */
export const watchTables: { readonly [K in keyof Watchable]: WatchTable<Watchable[K]> } = {
  link,
  address,
  route,
  rule,
}
