import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { listNames, NETNS_DIRECTORY } from './named.js'
import type { NetnsIdentity } from './netns.js'

/** Which namespace a file stands for; undefined where it is gone, or not to be seen. */
function identityAt(path: string): NetnsIdentity | undefined {
  const { dev, ino } = statSync(path, { bigint: true, throwIfNoEntry: false }) ?? {}
  return dev === undefined || ino === undefined ? undefined : { dev, ino }
}

function seen<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    // A process that has just ended, or another user's.
    return undefined
  }
}

const same = (a: NetnsIdentity | undefined, b: NetnsIdentity) => a?.dev === b.dev && a.ino === b.ino

/** The processes that are in a namespace, as far as they may be looked at. proc(5) */
export function processesIn(netns: NetnsIdentity): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) =>
      same(
        seen(() => identityAt(`/proc/${pid}/ns/net`)),
        netns,
      ),
    )
    .map(Number)
}

/** The names that a namespace has. */
export function namesOf(netns: NetnsIdentity): string[] {
  return listNames().filter((name) =>
    same(
      seen(() => identityAt(join(NETNS_DIRECTORY, name))),
      netns,
    ),
  )
}
