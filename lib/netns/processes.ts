import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathBytes } from '../path.js'
import { NETNS_DIRECTORY } from './directory.js'
import { isSameNetns, type NetnsIdentity } from './identity.js'
import { listNames } from './named.js'

function refersTo(path: string, netns: NetnsIdentity): boolean {
  try {
    return isSameNetns(statSync(pathBytes(path), { bigint: true }), netns)
  } catch {
    // The process has ended since, or belongs to another user.
    return false
  }
}

/** The ids of the processes in a namespace, except those whose /proc entry this process may not read. proc(5) */
export function processesIn(netns: NetnsIdentity): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => refersTo(`/proc/${pid}/ns/net`, netns))
    .map(Number)
}

/** All names of a namespace. */
export function namesOf(netns: NetnsIdentity): string[] {
  return listNames().filter((name) => refersTo(join(NETNS_DIRECTORY, name), netns))
}
