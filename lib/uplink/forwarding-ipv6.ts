import type { Netns } from '../netns/netns.js'
import { namesIn } from '../path.js'
import { readSysctl, sysctlName, writeSysctl } from './sysctl-record.js'

export const ALL_FORWARDING = 'net.ipv6.conf.all.forwarding'

/** Accepts router advertisements even while forwarding is on. ip-sysctl.rst: accept_ra */
const EVEN_WHEN_FORWARDING = '2'

/**
 * Sets whether IPv6 is forwarded at all, and nothing else. Writing the setting also sets that of each link and the
 * default, and deletes the routes from router advertisements except of links that accept these while forwarding
 * (net/ipv6/addrconf.c: addrconf_fixup_forwarding). So links accept them meanwhile, and get their own settings back: a
 * link whose `forwarding` is 0 remains a host, whose packets are forwarded all the same.
 */
export function writeAllForwarding(netns: Netns, value: string): void {
  const links = netns.run(() => namesIn('/proc/sys/net/ipv6/conf')).filter((name) => name !== 'all')
  const settings = (setting: string) =>
    links.map((link) => {
      const name = sysctlName('ipv6', link, setting)
      return [name, readSysctl(netns, name)] as const
    })
  const advertisements = settings('accept_ra').filter(([, accept]) => accept === '1')
  const forwarding = settings('forwarding')
  try {
    for (const [name] of advertisements) writeSysctl(netns, name, EVEN_WHEN_FORWARDING)
    writeSysctl(netns, ALL_FORWARDING, value)
    for (const [name, before] of forwarding)
      if (before !== undefined && before !== value) writeSysctl(netns, name, before)
  } finally {
    for (const [name, before = '1'] of advertisements) writeSysctl(netns, name, before)
  }
}
