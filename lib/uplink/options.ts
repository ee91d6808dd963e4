import type { NetnsRef } from '../netns/reference.js'
import { assertKnownKeys, assertLinkName } from '../options.js'
import { assertNameservers } from './resolv-conf.js'
import { parseSubnet } from './subnet.js'

export interface UplinkOptions {
  /** The router's network namespace; by default the calling thread's own. */
  readonly via?: NetnsRef | undefined
  /**
   * The bridge at the router to join, which is created if it does not exist. Without it, the namespace gets
   * a subnet of its own, and the router's end of the pair is the gateway.
   */
  readonly bridge?: string | undefined
  /** The IPv4 subnet; its first host is the gateway. By default an unused one of 10.213.0.0/16. */
  readonly subnet?: string | undefined
  /** The name of the link inside; `eth0` by default. */
  readonly link?: string | undefined
  /**
   * Name servers for /etc/netns/NAME/resolv.conf, if the namespace has a name; by default those of this machine,
   * except loopback addresses.
   */
  readonly nameservers?: readonly string[] | undefined
}

/** @throws {@link ArgumentError} when an option is unknown or invalid */
export function assertUplinkOptions(options: UplinkOptions): void {
  assertKnownKeys(options, ['via', 'bridge', 'subnet', 'link', 'nameservers'], 'options')
  if (options.bridge !== undefined) assertLinkName('bridge', options.bridge)
  if (options.link !== undefined) assertLinkName('link', options.link)
  if (options.subnet !== undefined) parseSubnet(options.subnet)
  if (options.nameservers !== undefined) assertNameservers(options.nameservers)
}
