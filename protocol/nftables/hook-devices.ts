import { encodeAttribute } from '../codec/attributes.js'
import type { Codec } from '../codec/codec.js'
import { EncodeError, withPath } from '../codec/errors.js'
import { text } from '../codec/text.js'
import { AttributeWalk, NLA_TYPE_MASK } from '../codec/walk.js'
import { linkName } from '../rtnetlink/shared/link-name.js'

/** NFTA_DEVICE_*. include/uapi/linux/netfilter/nf_tables.h */
const NFTA_DEVICE_NAME = 1
/** Linux 6.17 */
const NFTA_DEVICE_PREFIX = 2

const prefix = text({ min: 1, max: 15 })

/**
 * The links of a hook: names, or beginnings of names with `*` (`eth*`). As in nft(8), `\*` is a `*` at the end of a name.
 */
export const hookDevices: Codec<string[], readonly string[]> = {
  nested: true,
  decode(view, start, length, parent) {
    const devices: string[] = []
    const walk = new AttributeWalk(view, start, length)
    while (walk.next()) {
      const name = prefix.decode(view, walk.at, walk.length, parent)
      const isPrefix = (walk.type & NLA_TYPE_MASK) === NFTA_DEVICE_PREFIX
      devices.push(isPrefix ? `${name}*` : name.endsWith('*') ? `${name.slice(0, -1)}\\*` : name)
    }
    walk.requireEnd()
    return devices
  },
  encode(out, devices, parent) {
    if (!Array.isArray(devices)) throw new EncodeError(devices, 'an array of names of links')
    for (const [i, device] of (devices as readonly unknown[]).entries()) {
      try {
        if (typeof device !== 'string' || !device.endsWith('*')) {
          encodeAttribute(out, NFTA_DEVICE_NAME, linkName, device, parent)
        } else if (device.endsWith('\\*')) {
          encodeAttribute(out, NFTA_DEVICE_NAME, linkName, `${device.slice(0, -2)}*`, parent)
        } else encodeAttribute(out, NFTA_DEVICE_PREFIX, prefix, device.slice(0, -1), parent)
      } catch (error) {
        throw withPath(error, String(i))
      }
    }
  },
}
