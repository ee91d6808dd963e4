import { isIpFamily } from '../../../protocol/index.js'
import type { MessageFields } from '../watch/fields.js'
import type { Key } from '../watch/key.js'

/* The offsets within struct ndmsg, and attributes. include/uapi/linux/neighbour.h */
const FAMILY = 0
const INDEX = 4
const FLAGS = 10
const NDA_DST = 1
const NTF_PROXY = 0x8

/** The addresses that links answer for (NTF_PROXY) are a table of their own, which the kernel does not announce. */
export function isNeighbour(view: DataView, at: number): boolean {
  return isIpFamily(view.getUint8(at + FAMILY)) && (view.getUint8(at + FLAGS) & NTF_PROXY) === 0
}

/** What identifies a neighbour: the table of its family, its link and its address. net/core/neighbour.c: neigh_lookup */
export function neighbourIdentity(message: MessageFields, key: Key): void {
  key.add(message.u8(FAMILY))
  key.add(message.u32(INDEX))
  key.addAttribute(message, NDA_DST)
}
