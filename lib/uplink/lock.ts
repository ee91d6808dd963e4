import { setTimeout as sleep } from 'node:timers/promises'
import { SystemError } from '../errors.js'
import { closeFd, openReadOnly } from '../ffi/fd.js'
import { tryLock } from '../ffi/lock.js'
import type { Netns } from '../netns/netns.js'

const ETIMEDOUT = 110
/** How often to try, and how long, ms. */
const INTERVAL = 10
const PATIENCE = 30_000

/**
 * Runs while nobody else works on the outside of namespaces behind the same router. The lock is the router's namespace
 * itself: nothing is left behind, whoever is killed.
 * @throws SystemError `ETIMEDOUT`
 */
export async function withRouter<T>(router: Netns, act: () => Promise<T>): Promise<T> {
  const fd = openReadOnly(`/proc/self/fd/${router.fd}`)
  try {
    for (const until = performance.now() + PATIENCE; !tryLock(fd); await sleep(INTERVAL)) {
      if (performance.now() > until)
        throw new SystemError('flock', ETIMEDOUT, 'of the router’s namespace', 'somebody else holds it')
    }
    return await act()
  } finally {
    closeFd(fd)
  }
}
