import { isNetlinkError } from '../connection/index.js'
import { isLinkNotFoundError } from '../errors.js'
import { reconcile } from './reconcile.js'
import { collectResolvConfs, removeResolvConf } from './resolv-conf.js'
import { findLink, type Router } from './router.js'

/**
 * Removes an uplink, and the remains of uplinks that are gone.
 * @param name the name of the namespace, if it has one
 */
export async function tearDown(router: Router, routerLink: string, name: string | undefined): Promise<void> {
  if (await findLink(router.net, routerLink)) {
    try {
      await router.net.links.delete(routerLink)
    } catch (error) {
      // The kernel has deleted it meanwhile, with its namespace.
      if (!isLinkNotFoundError(error) && !isNetlinkError(error, 'ENODEV')) throw error
    }
  }
  if (name !== undefined) removeResolvConf(name)
  collectResolvConfs()
  await reconcile(router)
}
