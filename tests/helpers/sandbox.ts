import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import { Netns, RtNetlink } from '../../lib/index.js'

/** A new network namespace, which does not forward, with a connection to it; both are closed when the test ends. */
export interface Sandbox {
  readonly netns: Netns
  readonly net: RtNetlink
}

export async function sandbox(t: ExecutionContext<unknown>): Promise<Sandbox> {
  const netns = Netns.create()
  t.teardown(() => netns.close())
  // A new namespace inherits the setting of the host (net/ipv4/devinet.c: devinet_init_net).
  netns.sysctl.set('net.ipv4.ip_forward', false)
  const net = await RtNetlink.open({ netns })
  t.teardown(() => net.close())
  return { netns, net }
}

/** Two sandboxes, joined by a veth pair that is up: `left` here with 192.0.2.1/24, `right` there with 192.0.2.2/24. */
export async function joined(t: ExecutionContext<unknown>): Promise<{ here: Sandbox; there: Sandbox }> {
  const here = await sandbox(t)
  const there = await sandbox(t)
  await here.net.links.add({ kind: 'veth', name: 'left', peer: { name: 'right', netns: there.netns } })
  await Promise.all([
    here.net.links.set('lo', { up: true }),
    there.net.links.set('lo', { up: true }),
    here.net.links.set('left', { up: true }),
    there.net.links.set('right', { up: true }),
    here.net.addresses.add({ link: 'left', address: '192.0.2.1/24' }),
    there.net.addresses.add({ link: 'right', address: '192.0.2.2/24' }),
  ])
  await Promise.all([untilOperational(here.net, 'left'), untilOperational(there.net, 'right')])
  return { here, there }
}

/**
 * Waits until a link that was set up can send. The kernel activates its queue from a work item that handles one batch
 * of links a second machine-wide (net/core/link_watch.c); packets before that are dropped.
 */
async function untilOperational(net: RtNetlink, name: string): Promise<void> {
  while ((await net.links.get(name)).operstate !== 'up') await sleep(5)
}

let count = 0

/** A name for a namespace, unique across test processes; it is deleted when the test ends. */
export function netnsName(t: ExecutionContext<unknown>): string {
  const name = `rtnl-test-${process.pid}-${++count}`
  t.teardown(() => {
    if (Netns.list().includes(name)) Netns.delete(name)
  })
  return name
}

/** Deletes the names of test processes that were killed: no process has their id any more. */
export function deleteStaleNames(): void {
  for (const name of Netns.list()) {
    const pid = /^rtnl-test-(\d+)-\d+$/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) Netns.delete(name)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
