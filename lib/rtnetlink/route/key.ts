import type { Route } from './spec.js'

/**
 * What a route has in common with the one that takes its place under NLM_F_REPLACE: destination, source, type of
 * service, priority and table. net/ipv4/fib_trie.c, net/ipv6/ip6_fib.c
 */
export function routeReplaceKey({ family, table, dst, src, tos, priority }: Route): string {
  return `${family} ${table} ${dst} ${src} ${tos} ${priority ?? 0}`
}

/** What identifies a route to the kernel: no two routes have the same key. */
export function routeKey(route: Route): string {
  const { type, scope, oif, gateway, via, multipath, nhId } = route
  const nexthop = nhId ?? `${oif} ${gateway} ${via} ${hopsKey(multipath)}`
  return `${routeReplaceKey(route)} ${type} ${scope} ${nexthop}`
}

function hopsKey(multipath: Route['multipath']): string {
  return multipath?.map(({ oif, gateway, via, weight }) => `${oif}/${gateway}/${via}/${weight}`).join() ?? ''
}
