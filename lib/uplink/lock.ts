import { setTimeout as sleep } from 'node:timers/promises'
import { errno } from '../../protocol/index.js'
import { SystemError } from '../errors.js'
import { closeFd, openReadOnly } from '../ffi/fd.js'
import { tryLock } from '../ffi/lock.js'
import type { Netns } from '../netns/netns.js'

const { ETIMEDOUT } = errno
const RETRY_MS = 10
const LOCK_TIMEOUT_MS = 30_000

/**
 * Runs `act` while no other process changes uplinks of the same router. The lock is taken on the file of the router's
 * namespace; the kernel releases it if the process is killed.
 * @throws {@link SystemError} `ETIMEDOUT` when the lock is not free within 30 seconds
 */
export async function withRouterLock<T>(router: Netns, act: () => Promise<T>): Promise<T> {
  const fd = openReadOnly(`/proc/self/fd/${router.fd}`)
  try {
    for (const deadline = performance.now() + LOCK_TIMEOUT_MS; !tryLock(fd); await sleep(RETRY_MS)) {
      if (performance.now() > deadline) {
        const hint = `another process held the lock for ${LOCK_TIMEOUT_MS / 1000} seconds`
        throw new SystemError('flock', ETIMEDOUT, 'the router’s network namespace', hint)
      }
    }
    return await act()
  } finally {
    closeFd(fd)
  }
}
