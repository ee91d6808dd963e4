import { spawn as spawnProcess } from 'node:child_process'
import { fstatSync } from 'node:fs'
import { ArgumentError, PRIVILEGE_HINT } from '../errors.js'
import { closeFd, type Fd, openReadOnly } from '../ffi/fd.js'
import { unshareNetns } from '../ffi/namespace.js'
import { comingBack, inside, OWN_NETNS } from './enter.js'
import { createNamed, deleteNamed, listNames } from './named.js'
import { describeNetns, type NetnsRef, openNetns } from './reference.js'

/** What tells one network namespace from another, for as long as it lives: the device and inode of its file. */
export interface NetnsIdentity {
  readonly dev: bigint
  readonly ino: bigint
}

type Synchronous<T> = [T] extends [never]
  ? unknown
  : T extends PromiseLike<unknown>
    ? AsyncFunctionRefused
    : unknown

/** What `run` says, at compile time, to a function that gives a promise. */
export interface AsyncFunctionRefused {
  readonly 'run is synchronous: what is awaited would happen outside': never
}

/**
 * A network namespace, held open: it lives at least as long as this handle. Dispose of it, or close it.
 *
 * network_namespaces(7), ip-netns(8)
 */
export class Netns implements Disposable {
  /** The name that it was opened or made by, if by a name. */
  readonly name: string | undefined
  readonly #about: string
  #fd: Fd

  private constructor(fd: Fd, about: string, name?: string) {
    this.#fd = fd
    this.#about = about
    this.name = name
  }

  /**
   * Makes a new namespace, with nothing in it but a loopback link that is down. With a name it stays, for `ip netns`
   * as well, until the name is deleted; without one it goes with the last handle and process in it.
   * @throws ArgumentError when the name cannot be one
   * @throws SystemError `EEXIST` when the name is taken, `EPERM` without CAP_SYS_ADMIN
   */
  static create(name?: string): Netns {
    if (name !== undefined) {
      createNamed(name)
      return Netns.open(name)
    }
    return comingBack(() => {
      unshareNetns(PRIVILEGE_HINT)
      return new Netns(openReadOnly(OWN_NETNS), 'without a name')
    })
  }

  /**
   * Opens a namespace by its name, a process in it, a path or another handle.
   * @throws ArgumentError when that is no reference
   * @throws SystemError `ENOENT` when there is none of this name, or no such process
   */
  static open(ref: NetnsRef): Netns {
    const { fd, lent } = openNetns(ref)
    const own = lent ? openReadOnly(`/proc/self/fd/${fd}`) : fd
    return new Netns(own, describeNetns(ref), typeof ref === 'string' ? ref : undefined)
  }

  /** The namespace that the calling thread is in. @throws SystemError */
  static current(): Netns {
    return new Netns(openReadOnly(OWN_NETNS), 'of this thread')
  }

  /** The names there are, as `ip netns list` shows them, sorted. @throws SystemError */
  static list(): string[] {
    return listNames()
  }

  /**
   * Takes a name away. The namespace itself lives on until the last process and the last handle in it are gone.
   * @throws ArgumentError when it cannot be a name
   * @throws SystemError `ENOENT` when there is none, `EPERM` without CAP_SYS_ADMIN
   */
  static delete(name: string): void {
    deleteNamed(name)
  }

  /** The open file. It belongs to this handle: do not close it. @throws SystemError when the handle is closed */
  get fd(): number {
    return this.#open()
  }

  /** @throws ArgumentError when the handle is closed */
  get identity(): NetnsIdentity {
    const { dev, ino } = fstatSync(this.#open(), { bigint: true })
    return { dev, ino }
  }

  /** Whether both are the same namespace. */
  equals(other: Netns): boolean {
    const [a, b] = [this.identity, other.identity]
    return a.dev === b.dev && a.ino === b.ino
  }

  /**
   * Calls a function inside, and is back when it returns or throws. What it does at once happens inside: sockets,
   * files below /proc/sys/net, child processes. What it merely starts (promises, timers, a server's `listen`)
   * happens outside, so an asynchronous function is refused.
   * @throws SystemError when the namespace cannot be entered
   * @throws ArgumentError for an asynchronous function
   */
  run<T>(act: (() => T) & Synchronous<T>): T {
    if (isAsync(act)) throw asyncRefused()
    const result = inside(this.#open(), this.#about, act)
    if (isPromise(result)) {
      // What it was to give is of no use to anyone, and no reason to end the process either.
      result.then(undefined, () => {})
      throw asyncRefused()
    }
    return result
  }

  /** `child_process.spawn`, inside: the child is born there. @throws SystemError when it cannot be entered */
  readonly spawn: typeof spawnProcess = ((...args: Parameters<typeof spawnProcess>) =>
    inside(this.#open(), this.#about, () => spawnProcess(...args))) as typeof spawnProcess

  /** Lets the namespace go; again does nothing. */
  close(): void {
    if (this.#fd < 0) return
    const fd = this.#fd
    this.#fd = -1 as Fd
    closeFd(fd)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #open(): Fd {
    if (this.#fd < 0) throw new ArgumentError('netns', `${this.#about} (closed)`, 'an open handle')
    return this.#fd
  }
}

function isAsync(act: () => unknown): boolean {
  return /^Async(Generator)?Function$/.test(act.constructor.name)
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null)?.then === 'function'
}

function asyncRefused(): ArgumentError {
  return new ArgumentError(
    'act',
    'an async function',
    'a synchronous one: what is awaited would happen outside',
  )
}
