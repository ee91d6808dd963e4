import { isNetlinkError } from '../connection/index.js'
import { isLinkNotFoundError } from '../errors.js'
import { reconcile } from './reconcile.js'
import { collectResolvConfs, removeResolvConf } from './resolv-conf.js'
import { findLink, type Router } from './router.js'
import { runAll } from './run-all.js'
import { readState } from './state.js'

/** Which uplink to remove. */
export interface UplinkIdentity {
  readonly routerLink: string
  /** The name of the namespace, if it has one. */
  readonly name: string | undefined
  /** The identity that its link records; without one, the uplink is whichever has the link. */
  readonly id?: string | undefined
}

/** Removes an uplink, and the remains of uplinks that are gone. */
export async function tearDown(
  router: Router,
  { routerLink, name, id: expected }: UplinkIdentity,
): Promise<void> {
  const link = await findLink(router.net, routerLink)
  const found = readState(link?.ifalias)?.id
  const id = expected ?? found
  // Another namespace has the inode, and with it the name of the link, by now.
  const isOthers = found !== undefined && found !== id
  await runAll([
    async () => {
      if (link !== undefined && !isOthers) await deleteLink(router, routerLink)
    },
    () => {
      if (name !== undefined && id !== undefined) removeResolvConf(name, id)
    },
    () => collectOf(router),
    () => reconcile(router),
  ])
}

async function deleteLink({ net }: Router, name: string): Promise<void> {
  try {
    await net.links.delete(name)
  } catch (error) {
    // The kernel has deleted it meanwhile, with its namespace.
    if (!isLinkNotFoundError(error) && !isNetlinkError(error, 'ENODEV')) throw error
  }
}

async function collectOf({ net, netns }: Router): Promise<void> {
  const living = new Set((await net.links.list()).flatMap(({ ifalias }) => readState(ifalias)?.id ?? []))
  collectResolvConfs(netns.identity.ino, living)
}
