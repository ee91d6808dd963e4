import type { IpFamily } from '../../protocol/index.js'
import type { Link } from '../rtnetlink/link/types.js'
import type { RtNetlink } from '../rtnetlink/rtnetlink.js'
import { ALL_FORWARDING, writeAllForwarding } from './forwarding-ipv6.js'
import type { Router } from './router.js'
import {
  addRecord,
  readRecords,
  readSysctl,
  removeRecord,
  type SysctlRecord,
  sysctlName,
  writeSysctl,
} from './sysctl-record.js'

/*
 * Forwarding is switched on for single links: for those of uplinks, and for those that the router has routes by, as the
 * kernel asks the link that a packet came in by (net/ipv4/route.c: ip_route_input_slow). `net.ipv4.ip_forward` is left
 * alone. Writing it would change `accept_redirects` and all other links as well (net/ipv4/devinet.c:
 * inet_forward_change), and since it stays alone, a 1 in it was written by another program, now or before.
 */

const ON = '1'
const OFF = '0'
const SETTINGS = [
  { family: 'inet', folder: 'ipv4', all: 'net.ipv4.ip_forward', setting: 'forwarding' },
  // Linux 6.17. Forwards without making the link a router's, which would not take routes from advertisements.
  { family: 'inet6', folder: 'ipv6', all: ALL_FORWARDING, setting: 'force_forwarding' },
] as const

/** The links that uplinks of one family use, by name. */
export interface UsedLinks {
  /** Links that were made for uplinks: their settings need no record. */
  readonly own: ReadonlySet<string>
  /** Bridges of others. */
  readonly shared: ReadonlySet<string>
}

/** Switches forwarding on where it is off. */
export async function enableForwarding(
  { net, netns }: Router,
  used: ReadonlyMap<IpFamily, UsedLinks>,
): Promise<void> {
  const links = await net.links.list()
  for (const { family, folder, all, setting } of SETTINGS) {
    const names = used.get(family)
    if (names === undefined || readSysctl(netns, all) === undefined) continue
    const isOnForAll = readSysctl(netns, all) !== OFF
    if (isOnForAll && family === 'inet6') continue
    if (readSysctl(netns, sysctlName(folder, 'lo', setting)) === undefined) {
      await enableAllForwarding({ net, netns }, links)
      continue
    }
    for (const link of links) {
      const name = sysctlName(folder, link.name, setting)
      if (readSysctl(netns, name) !== OFF) continue
      // A link that is off although all are on is off on purpose.
      if (!names.own.has(link.name)) {
        if (isOnForAll || !(names.shared.has(link.name) || (await isUsed(net, link, family)))) continue
        await addRecord(net, {
          link: link.index,
          netns: netns.identity.ino,
          scope: 'link',
          family: folder,
          setting,
          before: OFF,
          value: ON,
        })
      }
      writeSysctl(netns, name, ON)
    }
  }
}

/** Before Linux 6.17, IPv6 is forwarded only where the setting of all links is on (net/ipv6/ip6_output.c). */
async function enableAllForwarding({ net, netns }: Pick<Router, 'net' | 'netns'>, links: readonly Link[]) {
  const lo = links.find(({ name }) => name === 'lo')
  if (lo === undefined) return
  const record = {
    link: lo.index,
    netns: netns.identity.ino,
    scope: 'all',
    family: 'ipv6',
    setting: 'forwarding',
  } as const
  await addRecord(net, { ...record, before: OFF, value: ON })
  writeAllForwarding(netns, ON)
}

/** Whether packets leave by a link, so that answers come in by it. Hardware may get its routes later. */
async function isUsed(net: RtNetlink, link: Link, family: IpFamily): Promise<boolean> {
  if (link.type === 'loopback') return false
  if (link.kind === undefined && link.master === undefined) return true
  for await (const { dst } of net.routes.dump({ family, oif: link.index, type: 'unicast' }))
    if (!dst.startsWith('fe80:')) return true
  return false
}

/**
 * Gives back what {@link enableForwarding} changed, where it still has the value that it was given.
 * @param except the families that uplinks use
 */
export async function restoreForwarding(
  { net, netns }: Router,
  except: ReadonlyMap<IpFamily, unknown>,
): Promise<void> {
  const links = await net.links.list()
  const names = new Map(links.map(({ index, name }) => [index, name]))
  for (const record of readRecords(links)) {
    const isHere = record.netns === netns.identity.ino
    if (isHere && except.has(record.family === 'ipv4' ? 'inet' : 'inet6')) continue
    if (isHere) restore(netns, names.get(record.link) ?? '', record)
    await removeRecord(net, record)
  }
}

function restore(
  netns: Router['netns'],
  link: string,
  { scope, family, setting, before, value }: SysctlRecord,
) {
  if (scope === 'all') {
    // Writing it sets the default as well, which the uplink left off: another program has written it since.
    const another = readSysctl(netns, 'net.ipv6.conf.default.forwarding') !== OFF
    if (readSysctl(netns, ALL_FORWARDING) === value && !another) writeAllForwarding(netns, before)
    return
  }
  // Another program has switched it on for all links since, and with them for this one.
  if (family === 'ipv4' && setting === 'forwarding' && readSysctl(netns, 'net.ipv4.ip_forward') !== OFF)
    return
  const name = sysctlName(family, link, setting)
  if (readSysctl(netns, name) === value) writeSysctl(netns, name, before)
}
