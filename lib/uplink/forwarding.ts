import { encodeUtf8 } from '../../protocol/index.js'
import { isSystemError } from '../errors.js'
import type { Netns } from '../netns/netns.js'
import { namesIn } from '../path.js'

const FORWARD = 'net.ipv4.ip_forward'
const WAS_ON = 'ip_forward was 1'
const WAS_OFF = 'ip_forward was 0'
const EXCEPT = ', but 1 for '
/** The longest comment of a table. NFTNL_UDATA_COMMENT_MAXLEN less its NUL: libnftnl's include/udata.h */
const COMMENT_MAX = 127

/** The setting of one link. Writing `ip_forward` overwrites it for all links (ip-sysctl.rst). */
const ofLink = (link: string) => `net/ipv4/conf/${link}/forwarding`

/** How forwarding is set, as text that {@link restoreForwarding} reads. */
export function forwardingState(router: Netns): string {
  if (router.sysctl.get(FORWARD) !== '0') return WAS_ON
  const links = router.run(() => namesIn('/proc/sys/net/ipv4/conf'))
  const forwarding = links.filter((link) => link !== 'all' && router.sysctl.get(ofLink(link)) !== '0')
  let text = forwarding.length > 0 ? `${WAS_OFF}${EXCEPT}` : WAS_OFF
  for (const link of forwarding) {
    // Whole names only: a part of one may be the name of another link.
    const longer = text.endsWith(EXCEPT) ? text + link : `${text} ${link}`
    if ((encodeUtf8(longer)?.length ?? Infinity) <= COMMENT_MAX) text = longer
  }
  return text
}

export function enableForwarding(router: Netns): void {
  if (router.sysctl.get(FORWARD) !== '1') router.sysctl.set(FORWARD, 1)
}

/** Sets forwarding to what {@link forwardingState} recorded. */
export function restoreForwarding(router: Netns, state: string): void {
  if (!state.startsWith(WAS_OFF)) return
  router.sysctl.set(FORWARD, 0)
  const [, except = ''] = state.split(EXCEPT)
  for (const link of except.split(' ').filter(Boolean)) {
    try {
      router.sysctl.set(ofLink(link), 1)
    } catch (error) {
      // The link has been deleted since.
      if (!isSystemError(error, 'ENOENT')) throw error
    }
  }
}
