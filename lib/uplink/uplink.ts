import { ArgumentError } from '../errors.js'
import { Netns } from '../netns/netns.js'
import type { NetnsRef } from '../netns/reference.js'
import { assertKnownKeys } from '../options.js'
import { RtNetlink } from '../rtnetlink/rtnetlink.js'
import { withRouterLock } from './lock.js'
import { assertUplinkOptions, type UplinkOptions } from './options.js'
import { reconcile } from './reconcile.js'
import { findLink, openRouter, routerLinkOf } from './router.js'
import { existingPeer, setUp, type UplinkSettings } from './set-up.js'
import { newUplinkId, readState } from './state.js'
import { tearDown, type UplinkIdentity } from './tear-down.js'

/**
 * A connection of a network namespace to the networks that its router reaches. It holds a handle of the router's
 * namespace until `disconnect`.
 */
export interface Uplink extends UplinkSettings, AsyncDisposable {
  /**
   * Removes what was created for this uplink, and nothing else: not what a later uplink of another namespace has, even if
   * that got the same name or inode. Idempotent.
   *
   * With the router's last uplink, settings that were changed get their values back. A setting is left alone if it has
   * another value by now, or if another program has switched forwarding on for all links meanwhile.
   */
  disconnect(): Promise<void>
}

/**
 * Connects a network namespace through a router: a veth pair, addresses, default routes, forwarding, masquerading,
 * and name servers for the programs that `netns.spawn` runs with `mounts`. IPv4, and IPv6 where the router has it.
 *
 * Forwarding is switched on for the links concerned alone: `net.ipv4.ip_forward` keeps its value (IPv6 before Linux
 * 6.17 needs `net.ipv6.conf.all.forwarding`; links keep accepting router advertisements). What it was before is recorded
 * as an alternative name of each link (`uplink-undo.…`, Linux 5.5). A link that the router gets later is included by the
 * next call.
 *
 * Idempotent: what exists is kept, and an interrupted earlier call is completed. Each call also repairs what other
 * programs have removed from the router's uplinks, by `nft flush ruleset` for example. All state is read from the kernel,
 * so that another process can continue or undo the work ({@link disconnectUplink}). If a call fails, everything that it
 * has done is undone.
 *
 * Chains of other programs may drop what is forwarded: `warnings` names them, and `openForward` opens them.
 *
 * @param netns the namespace to connect; one that is given by name gets name servers
 * @throws {@link ArgumentError} when an option is unknown or invalid, `subnet` or `subnet6` overlaps with another
 * network, or `netns` is the router's own namespace
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
    const isContinued = (await existingPeer(inner, existing)) !== undefined
    const id = (isContinued ? readState(existing?.ifalias)?.id : undefined) ?? newUplinkId()
    if (existing === undefined) await reconcile(router)
    try {
      const settings = await setUp(router, { netns: inside, net: inner, routerLink, id }, options, existing)
      const disconnect = disconnecting(router.netns, { routerLink, name, id })
      return { ...settings, disconnect, [Symbol.asyncDispose]: disconnect }
    } catch (error) {
      // Only what this call began is removed; an uplink that existed before is kept.
      if (existing === undefined) await tearDown(router, { routerLink, name, id }).catch(() => undefined)
      throw error
    }
  })
}

/**
 * The function that undoes an uplink. It has a handle of its own, as the caller may close the one given as `via`, and
 * closes it when the work is done.
 */
function disconnecting(router: Netns, uplink: UplinkIdentity): () => Promise<void> {
  const via = Netns.open(router)
  let done: Promise<void> | undefined
  return () => {
    done ??= undo(uplink, via).then(
      () => via.close(),
      (error: unknown) => {
        done = undefined
        throw error
      },
    )
    return done
  }
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
  await undo({ routerLink: routerLinkOf(inside), name: inside.name }, options.via)
}

/** Takes no handle of the namespace, which may be gone by now. */
async function undo(uplink: UplinkIdentity, via: NetnsRef | undefined): Promise<void> {
  using router = await openRouter(via)
  await withRouterLock(router.netns, () => tearDown(router, uplink))
}
