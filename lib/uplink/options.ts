import { ArgumentError } from '../errors.js'
import type { NetnsRef } from '../netns/reference.js'
import { assertBoolean, assertKnownKeys, assertLinkName } from '../options.js'
import { assertNameservers } from './resolv-conf.js'
import { isRouterLink } from './router.js'
import { parseSubnet } from './subnet.js'

export interface UplinkOptions {
  /** The router's network namespace; by default the calling thread's own. */
  readonly via?: NetnsRef | undefined
  /**
   * The bridge at the router to join, which is created if it does not exist. Without it, the namespace gets
   * a subnet of its own, and the router's end of the pair is the gateway.
   */
  readonly bridge?: string | undefined
  /**
   * The IPv4 subnet; its first host is the gateway. By default an unused one of 10.213.0.0/16. It must not overlap with
   * the router's networks, another namespace's, or reserved ranges.
   */
  readonly subnet?: string | undefined
  /**
   * Whether the namespace gets an IPv6 subnet, routed and masqueraded as the IPv4 one is. By default, if the router has
   * a global IPv6 address and IPv6 is not disabled inside. With `false` the link inside has only its link-local address.
   */
  readonly ipv6?: boolean | undefined
  /** The IPv6 subnet; by default an unused random /64 of fd00::/8 (RFC 4193). Checked as `subnet` is. */
  readonly subnet6?: string | undefined
  /** The name of the link inside; `eth0` by default. */
  readonly link?: string | undefined
  /**
   * Name servers for /etc/netns/NAME/resolv.conf, if the namespace has a name; by default those of the router that can be
   * reached from inside. `[]` writes no file, and removes that of an earlier call.
   */
  readonly nameservers?: readonly string[] | undefined
  /**
   * Whether to open chains of others that drop the uplink's packets (Docker, firewalld, a policy `drop`): with rules at
   * their beginning, which are removed again. By default such chains are only reported in `warnings`.
   */
  readonly openForward?: boolean | undefined
}

const KEYS = ['via', 'bridge', 'subnet', 'ipv6', 'subnet6', 'link', 'nameservers', 'openForward']

/** @throws {@link ArgumentError} when an option is unknown or invalid */
export function assertUplinkOptions(options: UplinkOptions): void {
  assertKnownKeys(options, KEYS, 'options')
  if (options.bridge !== undefined) {
    assertLinkName('bridge', options.bridge)
    if (isRouterLink(options.bridge))
      throw new ArgumentError('bridge', options.bridge, 'other than the name of an uplink’s own link')
  }
  if (options.link !== undefined) assertLinkName('link', options.link)
  if (options.subnet !== undefined) parseSubnet(options.subnet, 'inet', 'subnet')
  if (options.subnet6 !== undefined) parseSubnet(options.subnet6, 'inet6', 'subnet6')
  assertBoolean('ipv6', options.ipv6)
  assertBoolean('openForward', options.openForward)
  if (options.ipv6 === false && options.subnet6 !== undefined)
    throw new ArgumentError('subnet6', options.subnet6, 'left out, since `ipv6` is false')
  if (options.nameservers !== undefined) assertNameservers(options.nameservers)
}
