import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { listNames, NETNS_DIRECTORY } from './named.js'
import type { NetnsIdentity } from './netns.js'

/** Whether a file stands for a namespace; not where it is gone, or not to be seen. */
function standsFor(path: string, netns: NetnsIdentity): boolean {
  try {
    const { dev, ino } = statSync(path, { bigint: true })
    return dev === netns.dev && ino === netns.ino
  } catch {
    // A process that has just ended, or another user's.
    return false
  }
}

/** The processes that are in a namespace, as far as they may be looked at. proc(5) */
export function processesIn(netns: NetnsIdentity): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => standsFor(`/proc/${pid}/ns/net`, netns))
    .map(Number)
}

/** The names that a namespace has. */
export function namesOf(netns: NetnsIdentity): string[] {
  return listNames().filter((name) => standsFor(join(NETNS_DIRECTORY, name), netns))
}
