import { ArgumentError } from '../errors.js'
import { Netns } from '../netns/netns.js'
import type { NetnsRef } from '../netns/reference.js'
import { assertKnownKeys } from '../options.js'
import { RtNetlink } from '../rtnetlink/rtnetlink.js'
import { withRouterLock } from './lock.js'
import { assertUplinkOptions, type UplinkOptions } from './options.js'
import { findLink, openRouter, routerLinkOf } from './router.js'
import { setUp, type UplinkSettings } from './set-up.js'
import { collectStale, tearDown } from './tear-down.js'

/** A connection of a network namespace to the networks that its router reaches. */
export interface Uplink extends UplinkSettings, AsyncDisposable {
  /** Removes what was created for this uplink, and nothing else. Idempotent. */
  disconnect(): Promise<void>
}

/**
 * Connects a network namespace through a router: a veth pair, addresses, a default route, forwarding, masquerading,
 * and name servers for the programs that `netns.spawn` runs with `mounts`. IPv4 only.
 *
 * Idempotent: what exists is kept, and an interrupted earlier call is completed. All state is read from the kernel,
 * so that another process can continue or undo the work ({@link disconnectUplink}).
 *
 * @param netns the namespace to connect; one that is given by name gets name servers
 * @throws {@link ArgumentError} when an option is unknown or invalid, or `netns` is the router's own namespace
 * @throws {@link SystemError} `EEXIST` when the namespace has another default route, `ENOSPC` when no subnet or
 * address is left, `ETIMEDOUT` when another process holds the router's lock, `EPERM` without CAP_SYS_ADMIN
 * @throws {@link NftablesMissingError} when the kernel has no nf_tables
 * @throws {@link NetlinkError} when the kernel refuses a request
 */
export async function connectUplink(netns: NetnsRef, options: UplinkOptions = {}): Promise<Uplink> {
  assertUplinkOptions(options)
  using inside = Netns.open(netns)
  using router = await openRouter(options.via)
  if (inside.equals(router.netns)) {
    const expected = 'a network namespace other than the router’s'
    throw new ArgumentError('netns', netns, expected, `netns must be ${expected} (via)`)
  }
  using inner = await RtNetlink.open({ netns: inside })
  const { name } = inside
  const routerLink = routerLinkOf(inside)
  return await withRouterLock(router.netns, async () => {
    const existing = await findLink(router.net, routerLink)
    if (existing === undefined) await collectStale(router)
    try {
      const uplink = await setUp(router, { netns: inside, net: inner, routerLink }, options, existing)
      const disconnect = () => undo(routerLink, name, options.via)
      return { ...uplink, disconnect, [Symbol.asyncDispose]: disconnect }
    } catch (error) {
      // Only what this call began is removed; an uplink that existed before is kept.
      if (existing === undefined) await tearDown(router, routerLink, name)
      throw error
    }
  })
}

/**
 * Removes what {@link connectUplink} created for a namespace, in this process or another. Does nothing if there is no
 * uplink.
 * @throws {@link ArgumentError} when an option is unknown
 * @throws {@link SystemError} `ENOENT` when there is no such namespace, `EPERM` without CAP_SYS_ADMIN
 * @throws {@link NetlinkError} when the kernel refuses a request
 */
export async function disconnectUplink(
  netns: NetnsRef,
  options: Pick<UplinkOptions, 'via'> = {},
): Promise<void> {
  assertKnownKeys(options, ['via'], 'options')
  using inside = Netns.open(netns)
  await undo(routerLinkOf(inside), inside.name, options.via)
}

/** Takes no handle of the namespace, which may be gone by now. */
async function undo(routerLink: string, name: string | undefined, via: NetnsRef | undefined): Promise<void> {
  using router = await openRouter(via)
  await withRouterLock(router.netns, () => tearDown(router, routerLink, name))
}
