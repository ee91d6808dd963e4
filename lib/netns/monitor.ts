import { type BigIntStats, type FSWatcher, lstatSync, statSync, watch } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Stream } from '../connection/index.js'
import { pathBytes } from '../path.js'
import { makeDirectory, NETNS_DIRECTORY } from './directory.js'
import { listNames, netnsPath } from './named.js'

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
/** A file of this age has been abandoned by a creator that was killed: it is a name, as `ip netns list` shows it. */
const ABANDONED_MS = 1000

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
  readonly #known = new Map<string, string>()

  async *events(): AsyncGenerator<Iterator<NameChange | NamesSynced>, void, undefined> {
    if (this.#stopped) return
    makeDirectory()
    this.#watcher = watch(NETNS_DIRECTORY, this.#onChange)
    for (let first = true; ; first = false) {
      await this.#change()
      if (this.#stopped) return
      const { names, incomplete } = completeNames(this.#known)
      yield this.#difference(names)
      if (first) yield [{ type: 'synced' } as const].values()
      if (incomplete) {
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

  *#difference(names: ReadonlyMap<string, string>): Generator<NameChange> {
    for (const [name, identity] of this.#known) {
      if (names.get(name) === identity) continue
      this.#known.delete(name)
      yield { type: 'removed', name }
    }
    for (const [name, identity] of names) {
      if (this.#known.has(name)) continue
      this.#known.set(name, identity)
      yield { type: 'added', name }
    }
  }
}

/**
 * The names with what identifies their files; `incomplete` when one is about to change.
 * @param known what was found before
 */
function completeNames(known: ReadonlyMap<string, string>): {
  names: Map<string, string>
  incomplete: boolean
} {
  const folder = statSync(NETNS_DIRECTORY, { bigint: true })
  const names = new Map<string, string>()
  let incomplete = false
  for (const name of listNames()) {
    // Not opened: it may be any file, also a symbolic link or a pipe.
    const file = lstatSync(pathBytes(netnsPath(name)), { bigint: true, throwIfNoEntry: false })
    if (file === undefined) continue
    const identity = `${file.dev}:${file.ino}`
    const isMountPoint = file.isFile() && file.dev === folder.dev
    // Deleting a name unmounts its namespace, then removes the file.
    const isChanging = isNew(file) || (known.get(name) ?? identity) !== identity
    if (isMountPoint && isChanging) incomplete = true
    else names.set(name, identity)
  }
  return { names, incomplete }
}

function isNew(file: BigIntStats): boolean {
  const age = Date.now() - Number(file.ctimeMs)
  // Below 0, the clock has been set since.
  return age >= 0 && age < ABANDONED_MS
}
