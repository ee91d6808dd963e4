import { readdirSync } from 'node:fs'
import type { Netns } from '../netns/netns.js'

const FORWARD = 'net.ipv4.ip_forward'
const WAS_ON = 'ip_forward was 1'
const WAS_OFF = 'ip_forward was 0'
const EXCEPT = ', but 1 for '
/** What a table's comment holds. */
const COMMENT_MAX = 127

/** The settings of one link, which the switch for all of them overwrites. */
const ofLink = (link: string) => `net/ipv4/conf/${link}/forwarding`

/** How forwarding is set, in words that `restoreForwarding` understands. */
export function describeForwarding(router: Netns): string {
  if (router.sysctl.get(FORWARD) !== '0') return WAS_ON
  const links = router.run(() => readdirSync('/proc/sys/net/ipv4/conf'))
  const forwarding = links.filter((link) => link !== 'all' && router.sysctl.get(ofLink(link)) !== '0')
  const words = forwarding.length > 0 ? `${WAS_OFF}${EXCEPT}${forwarding.join(' ')}` : WAS_OFF
  return words.slice(0, COMMENT_MAX)
}

export function switchForwardingOn(router: Netns): void {
  if (router.sysctl.get(FORWARD) !== '1') router.sysctl.set(FORWARD, 1)
}

/** Sets forwarding as it was. */
export function restoreForwarding(router: Netns, was: string): void {
  if (!was.startsWith(WAS_OFF)) return
  router.sysctl.set(FORWARD, 0)
  const [, except = ''] = was.split(EXCEPT)
  for (const link of except.split(' ').filter(Boolean)) {
    try {
      router.sysctl.set(ofLink(link), 1)
    } catch {
      // The link has gone since.
    }
  }
}
