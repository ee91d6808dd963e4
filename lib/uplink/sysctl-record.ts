import { linkMessage, messageFlag, rtm } from '../../protocol/index.js'
import { isNetlinkError } from '../connection/index.js'
import { isSystemError } from '../errors.js'
import type { Netns } from '../netns/netns.js'
import type { Link } from '../rtnetlink/link/types.js'
import type { RtNetlink } from '../rtnetlink/rtnetlink.js'

/**
 * A setting of a link of others that an uplink changed: `net/<family>/conf/<link>/<setting>`. It is recorded as an
 * alternative name of the link that it belongs to (IFLA_ALT_IFNAME, Linux 5.5), `lo` for the setting of all links. Such
 * a record is renamed, moved and deleted with its link, as the setting is, and outlives processes and rulesets.
 */
export interface SysctlRecord {
  /** The index of the link that has the record. */
  readonly link: number
  /**
   * The inode of the namespace where the setting was changed. A link that is moved takes its names along, and leaves its
   * settings behind.
   */
  readonly netns: bigint
  readonly scope: 'link' | 'all'
  readonly family: 'ipv4' | 'ipv6'
  readonly setting: string
  /** The value before. */
  readonly before: string
  /** The value that an uplink gave it. */
  readonly value: string
}

const PREFIX = 'uplink-undo'

// The index is there since an alternative name is unique in its namespace.
const nameOf = ({ link, netns, scope, family, setting, before, value }: SysctlRecord) =>
  [PREFIX, link, netns.toString(16), scope, family, setting, before, value].join('.')

/** A record with the alternative name that it was read from. */
export interface FoundRecord extends SysctlRecord {
  readonly name: string
}

export function readRecords(links: readonly Link[]): FoundRecord[] {
  return links.flatMap(({ index, propList }) =>
    (propList?.altIfname ?? []).flatMap((name) => {
      const [prefix, , inode = '', scope, family, setting, before, value] = name.split('.')
      if (prefix !== PREFIX || value === undefined || !/^[0-9a-f]{1,16}$/.test(inode)) return []
      const netns = BigInt(`0x${inode}`)
      return [{ name, link: index, netns, scope, family, setting, before, value } as FoundRecord]
    }),
  )
}

/** The name of a setting for {@link Netns.sysctl}; with slashes, as names of links have dots. */
export const sysctlName = (family: 'ipv4' | 'ipv6', link: string, setting: string): string =>
  `net/${family}/conf/${link}/${setting}`

/** The value of a setting; undefined if there is none: the link is gone, or the kernel is older or without IPv6. */
export function readSysctl(netns: Netns, name: string): string | undefined {
  try {
    return netns.sysctl.get(name)
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Writes a setting; the link may be gone by now. */
export function writeSysctl(netns: Netns, name: string, value: string): void {
  try {
    netns.sysctl.set(name, value)
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error
  }
}

export async function addRecord(net: RtNetlink, record: SysctlRecord): Promise<void> {
  const flags = messageFlag.create | messageFlag.exclusive | messageFlag.append
  try {
    await changeAlternativeName(net, rtm.newlinkprop, flags, { link: record.link, name: nameOf(record) })
  } catch (error) {
    // From a call that was killed before it changed the setting.
    if (!isNetlinkError(error, 'EEXIST')) throw error
  }
}

export async function removeRecord(net: RtNetlink, record: FoundRecord): Promise<void> {
  try {
    await changeAlternativeName(net, rtm.dellinkprop, 0, record)
  } catch (error) {
    // The link, or the name, has been deleted.
    if (!isNetlinkError(error, 'ENODEV') && !isNetlinkError(error, 'ENOENT')) throw error
  }
}

function changeAlternativeName(
  net: RtNetlink,
  type: number,
  flags: number,
  { link, name }: Pick<FoundRecord, 'link' | 'name'>,
): Promise<void> {
  const value = { family: 'unspec', index: link, propList: { altIfname: [name] } }
  return net.raw.request({ type, flags, codec: linkMessage, value })
}
