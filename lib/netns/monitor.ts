import { fstatSync, watch } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { closeFd, openReadOnly } from '../ffi/fd.js'
import { isNetns } from '../ffi/namespace.js'
import { listNames, NETNS_DIRECTORY, netnsPath, prepareDirectory } from './named.js'

/** A name of a network namespace came, or went. */
export interface NameChange {
  readonly type: 'added' | 'removed'
  readonly name: string
}

/** All names that there are have been told: what comes now is news. */
export interface NamesSynced {
  readonly type: 'synced'
}

/** A name is made before its namespace is mounted on it, of which nobody is told: looked at again after so long, ms. */
const MOUNT_DELAY = 10
/** It was left half-way, by someone who was killed. */
const MOUNT_ATTEMPTS = 100

/** Tells of names: first all there are, then what comes and goes. `ip netns monitor`; inotify(7) */
export async function* monitorNames(
  signal?: AbortSignal,
): AsyncGenerator<NameChange | NamesSynced, void, undefined> {
  signal?.throwIfAborted()
  prepareDirectory()
  let wake = () => {}
  let changed = true
  const note = () => {
    changed = true
    wake()
  }
  const watcher = watch(NETNS_DIRECTORY, note)
  signal?.addEventListener('abort', note)
  try {
    const known = new Map<string, bigint>()
    for (let first = true, attempts = 0; ; first = false) {
      while (!changed) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      changed = false
      signal?.throwIfAborted()
      const { names, incomplete } = mountedNames()
      for (const [name, inode] of known) {
        if (names.get(name) === inode) continue
        known.delete(name)
        yield { type: 'removed', name }
      }
      for (const [name, inode] of names) {
        if (known.has(name)) continue
        known.set(name, inode)
        yield { type: 'added', name }
      }
      if (first) yield { type: 'synced' }
      attempts = incomplete ? attempts + 1 : 0
      if (incomplete && attempts < MOUNT_ATTEMPTS) {
        await sleep(MOUNT_DELAY)
        changed = true
      }
    }
  } finally {
    watcher.close()
    signal?.removeEventListener('abort', note)
  }
}

/** The names with the inodes of their namespaces; whether some have none yet. */
function mountedNames(): { names: Map<string, bigint>; incomplete: boolean } {
  const names = new Map<string, bigint>()
  let incomplete = false
  for (const name of listNames()) {
    const inode = inodeOf(name)
    if (inode === undefined) incomplete = true
    else names.set(name, inode)
  }
  return { names, incomplete }
}

function inodeOf(name: string): bigint | undefined {
  try {
    const fd = openReadOnly(netnsPath(name))
    try {
      return isNetns(fd) ? fstatSync(fd, { bigint: true }).ino : undefined
    } finally {
      closeFd(fd)
    }
  } catch {
    // Gone since it was listed.
    return undefined
  }
}
