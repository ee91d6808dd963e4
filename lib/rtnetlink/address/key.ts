import { af, isIpFamily } from '../../../protocol/index.js'
import type { Hint } from '../object/description.js'
import type { MessageFields } from '../watch/fields.js'
import type { Key } from '../watch/key.js'

/* The offsets within struct ifaddrmsg, and attributes. include/uapi/linux/if_addr.h */
const FAMILY = 0
const PREFIX_LENGTH = 1
const INDEX = 4
const IFA_ADDRESS = 1
const IFA_LOCAL = 2

export function isAddress(view: DataView, at: number): boolean {
  return isIpFamily(view.getUint8(at + FAMILY))
}

/**
 * What identifies an address.
 *
 * IPv4: net/ipv4/devinet.c, find_matching_ifa, compares the local address, the mask, and the prefix of the peer.
 * IPv6: net/ipv6/addrconf.c, ipv6_get_ifaddr, compares the address alone; a change can give it another peer.
 */
export function addressIdentity(message: MessageFields, key: Key): void {
  const family = message.u8(FAMILY)
  key.add(family)
  key.add(message.u32(INDEX))
  key.addAttribute(message, message.has(IFA_LOCAL) ? IFA_LOCAL : IFA_ADDRESS)
  if (family !== af.inet) return
  const length = message.u8(PREFIX_LENGTH)
  key.add(length)
  const peer =
    message.has(IFA_ADDRESS) && message.lengthOf(IFA_ADDRESS) >= 4
      ? message.view.getUint32(message.offsetOf(IFA_ADDRESS))
      : 0
  // Shifts by 32 do nothing.
  key.add(length === 0 ? 0 : peer & (-1 << (32 - length)))
}

/** Addresses go with their link. */
export const ADDRESS_HINTS: readonly Hint[] = [{ message: 'newlink' }, { message: 'dellink' }]
