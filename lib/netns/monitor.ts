import { type FSWatcher, watch } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Stream } from '../connection/index.js'
import { closeFd, openReadOnly } from '../ffi/fd.js'
import { isNetns } from '../ffi/namespace.js'
import { identityOf } from './identity.js'
import { listNames, NETNS_DIRECTORY, netnsPath, prepareDirectory } from './named.js'

/** A named network namespace was added or removed. */
export interface NameChange {
  readonly type: 'added' | 'removed'
  readonly name: string
}

/** The initial snapshot is complete; later events are changes. */
export interface NamesSynced {
  readonly type: 'synced'
}

/**
 * A name's file is created before the namespace is mounted on it, and inotify(7) reports no mounts: poll at this
 * interval.
 */
const MOUNT_POLL_MS = 10
/** After this many polls the file is assumed abandoned by a killed creator. */
const MOUNT_POLL_LIMIT = 100

/**
 * Emits each name as `added`, then `synced`, then changes. The same as `ip netns monitor`. Ends with the signal's
 * reason.
 * @throws {@link SystemError} when the directory cannot be created or read
 */
export function monitorNames(signal?: AbortSignal): Stream<NameChange | NamesSynced> {
  const monitor = new Monitor()
  return new Stream({ batches: monitor.events(), stop: () => monitor.stop() }, signal)
}

class Monitor {
  #watcher: FSWatcher | undefined
  #changed = true
  #stopped = false
  #wake = () => {}
  readonly #known = new Map<string, bigint>()

  async *events(): AsyncGenerator<Iterator<NameChange | NamesSynced>, void, undefined> {
    if (this.#stopped) return
    prepareDirectory()
    this.#watcher = watch(NETNS_DIRECTORY, this.#onChange)
    for (let first = true, polls = 0; ; first = false) {
      await this.#change()
      if (this.#stopped) return
      const { names, incomplete } = mountedNames()
      yield this.#difference(names)
      if (first) yield [{ type: 'synced' } as const].values()
      polls = incomplete ? polls + 1 : 0
      if (incomplete && polls < MOUNT_POLL_LIMIT) {
        await sleep(MOUNT_POLL_MS)
        this.#changed = true
      }
    }
  }

  stop(): void {
    this.#stopped = true
    this.#watcher?.close()
    this.#wake()
  }

  readonly #onChange = () => {
    this.#changed = true
    this.#wake()
  }

  async #change(): Promise<void> {
    while (!this.#changed && !this.#stopped) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.#changed = false
  }

  *#difference(names: ReadonlyMap<string, bigint>): Generator<NameChange> {
    for (const [name, inode] of this.#known) {
      if (names.get(name) === inode) continue
      this.#known.delete(name)
      yield { type: 'removed', name }
    }
    for (const [name, inode] of names) {
      if (this.#known.has(name)) continue
      this.#known.set(name, inode)
      yield { type: 'added', name }
    }
  }
}

/** The names with the inodes of their namespaces; `incomplete` when a name has no namespace mounted on it yet. */
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
      return isNetns(fd) ? identityOf(fd).ino : undefined
    } finally {
      closeFd(fd)
    }
  } catch {
    // Removed since it was listed.
    return undefined
  }
}
