import { AttributeWalk, NLA_TYPE_MASK } from '../../../protocol/codec/walk.js'
import { af } from '../../../protocol/index.js'
import type { Hint } from '../object/description.js'
import type { MessageFields } from '../watch/fields.js'
import type { Key } from '../watch/key.js'
import type { Link } from './types.js'

/* The offsets within struct ifinfomsg, and attributes. include/uapi/linux/if_link.h */
const FAMILY = 0
const INDEX = 4
const IFLA_MTU = 4
const IFLA_WIRELESS = 11
const IFLA_LINKINFO = 18
const IFLA_AF_SPEC = 26
const IFLA_INFO_KIND = 1

/**
 * Bridges announce their ports in the same group, in messages of family `bridge`: RTM_DELLINK then means that a port
 * left its bridge.
 */
export function isLink(view: DataView, at: number): boolean {
  return view.getUint8(at + FAMILY) === af.unspec
}

/** What identifies a link: its index. net/core/dev.c: __dev_get_by_index */
export function linkKey(message: MessageFields, key: Key): void {
  key.add(message.u32(INDEX))
}

/**
 * Events of wireless drivers have the index and the event alone (net/wireless/wext-core.c: rtnetlink_ifinfo_prep).
 * Every whole message has an MTU and the settings of families (net/core/rtnetlink.c: rtnl_fill_ifinfo), and a link of a
 * kind has one for ever.
 */
export function isPartOfLink(message: MessageFields, stored: MessageFields | undefined): boolean {
  if (message.has(IFLA_WIRELESS) || !message.has(IFLA_MTU) || !message.has(IFLA_AF_SPEC)) return true
  return stored !== undefined && hasKind(stored) && !hasKind(message)
}

function hasKind(message: MessageFields): boolean {
  if (!message.has(IFLA_LINKINFO)) return false
  const info = new AttributeWalk(
    message.view,
    message.offsetOf(IFLA_LINKINFO),
    message.lengthOf(IFLA_LINKINFO),
  )
  while (info.next()) if ((info.type & NLA_TYPE_MASK) === IFLA_INFO_KIND) return true
  return false
}

/**
 * Whether a link that is listed after messages were lost is another one than the one that had its index: a link keeps
 * its kind, its type and its permanent address, and what it was made with seldom changes in both name and address.
 */
export function isAnotherLink(previous: Link, value: Link): boolean {
  if (previous.kind !== value.kind || previous.type !== value.type) return true
  if (previous.permAddress !== value.permAddress) return true
  if (previous.name === value.name) return false
  return previous.address === undefined || previous.address !== value.address
}

/**
 * Settings of a bridge's port, the other end of a pair, and the namespace of a lower link change without a message of the
 * link itself.
 */
export const LINK_HINTS: readonly Hint[] = [
  { message: 'newlink' },
  { message: 'newlink', of: af.bridge },
  { message: 'dellink' },
  { message: 'newnsid' },
  { message: 'delnsid' },
]
