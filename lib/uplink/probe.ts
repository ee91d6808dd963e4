import { setTimeout as sleep } from 'node:timers/promises'
import { isNetlinkError } from '../connection/index.js'
import type { Neighbour } from '../rtnetlink/neighbour/spec.js'
import type { RtNetlink } from '../rtnetlink/rtnetlink.js'
import { subnetOf, toNumber } from './subnet.js'

/** How long a host has to answer. Those on a bridge do within a millisecond, unless they are busy. */
const ANSWER_MS = 250
const POLL_MS = 10

/**
 * Whether a host on a link answers for an address. The kernel asks by ARP, or neighbour discovery, as it does for a
 * packet to the address; hosts answer that whatever their firewall is.
 */
export async function isAnswered(net: RtNetlink, link: number, dst: string): Promise<boolean> {
  const before = await find(net, link, dst)
  if (before?.state === 'permanent') return true
  const isKnown = before?.lladdr !== undefined
  // An entry from earlier says nothing about now: it is confirmed, or fails.
  await net.neighbours.replace(
    isKnown
      ? { link, dst, lladdr: before.lladdr, state: 'probe' }
      : { link, dst, state: 'none', flags: ['use'] },
  )
  for (const deadline = performance.now() + ANSWER_MS; performance.now() < deadline; await sleep(POLL_MS))
    if ((await find(net, link, dst))?.state === 'reachable') return true
  if (before === undefined) await forget(net, link, dst)
  return false
}

async function find(net: RtNetlink, link: number, dst: string): Promise<Neighbour | undefined> {
  const { family } = subnetOf(dst)
  const wanted = toNumber(dst)
  return (await net.neighbours.list({ link, family })).find((one) => toNumber(one.dst) === wanted)
}

async function forget(net: RtNetlink, link: number, dst: string): Promise<void> {
  try {
    await net.neighbours.delete({ link, dst })
  } catch (error) {
    if (!isNetlinkError(error, 'ENOENT')) throw error
  }
}
