import {
  type ChildProcess,
  type ChildProcessWithoutNullStreams,
  type ExecFileOptions,
  execFile,
  type PromiseWithChild,
  type SpawnOptions,
  type SpawnOptionsWithoutStdio,
  spawn as spawnProcess,
} from 'node:child_process'
import type { Socket as UdpSocket } from 'node:dgram'
import { fstatSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import { promisify } from 'node:util'
import type { Worker, WorkerOptions } from 'node:worker_threads'
import { ArgumentError, PRIVILEGE_HINT } from '../errors.js'
import { closeFd, type Fd, openReadOnly } from '../ffi/fd.js'
import { unshareNetns } from '../ffi/namespace.js'
import { comingBack, inside, OWN_NETNS } from './enter.js'
import { requestOnce, setNsid } from './ids.js'
import { type InsideOptions, viaLauncher } from './launch.js'
import { monitorNames, type NameChange, type NamesSynced } from './monitor.js'
import { attachName, createNamed, deleteNamed, listNames } from './named.js'
import { namesOf, processesIn } from './processes.js'
import { describeNetns, type NetnsRef, openNetns } from './reference.js'
import {
  type ConnectTo,
  connectInside,
  type ListenAt,
  listenInside,
  type UdpAt,
  udpInside,
} from './sockets.js'
import { Sysctl } from './sysctl.js'
import { bornHere } from './worker.js'

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

/** `child_process.spawn` in all its forms, and with the options that are ours. */
export type SpawnInside = typeof spawnProcess & {
  (
    command: string,
    args: readonly string[],
    options: SpawnOptionsWithoutStdio & InsideOptions,
  ): ChildProcessWithoutNullStreams
  (command: string, args: readonly string[], options: SpawnOptions & InsideOptions): ChildProcess
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
    return new Netns(openNetns(ref), describeNetns(ref), typeof ref === 'string' ? ref : undefined)
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

  /**
   * Gives a name to a namespace that is there: a process's, one without a name, one that has another name.
   * `ip netns attach`
   * @throws ArgumentError; SystemError `EEXIST` when the name is taken, `EPERM`
   */
  static attach(name: string, ref: NetnsRef): Netns {
    using netns = Netns.open(ref)
    attachName(name, netns.fd)
    return Netns.open(name)
  }

  /** The names of the namespace that a process is in; none where it has no name. `ip netns identify` @throws SystemError */
  static identify(pid: number): string[] {
    using netns = Netns.open({ pid })
    return namesOf(netns.identity)
  }

  /**
   * Tells of names: first all there are, as `added`, then `synced`, then what comes and goes. `ip netns monitor`
   * @throws SystemError; the signal's reason
   */
  static monitor(
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<NameChange | NamesSynced, void, undefined> {
    return monitorNames(options.signal)
  }

  /** The namespace's own network settings: `netns.sysctl.set('net.ipv4.ip_forward', 1)`. sysctl(8) */
  get sysctl(): Sysctl {
    return new Sysctl((act) => this.#inside(act))
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
    const result = this.#inside(act)
    if (isPromise(result)) {
      // What it was to give is of no use to anyone, and no reason to end the process either.
      result.then(undefined, () => {})
      throw asyncRefused()
    }
    return result
  }

  /**
   * `child_process.spawn`, inside: the child is born there. With `mounts` it has mounts of its own, too.
   * @throws SystemError when the namespace cannot be entered
   */
  readonly spawn: SpawnInside = ((
    command: string,
    args?: readonly string[] | (SpawnOptions & InsideOptions),
    options?: SpawnOptions & InsideOptions,
  ): ChildProcess => {
    const list = Array.isArray(args) ? (args as readonly string[]) : []
    const { mounts, ...how } =
      options ?? (Array.isArray(args) ? {} : (args as SpawnOptions & InsideOptions)) ?? {}
    const run = mounts ? viaLauncher(this.name, command, list, how) : { command, args: list, options: how }
    return this.#inside(() => spawnProcess(run.command, run.args, run.options))
  }) as SpawnInside

  /**
   * Runs a program inside to its end, and gives what it wrote: `child_process.execFile` as a promise.
   * @throws SystemError when the namespace cannot be entered; execFile's error, with `code`, `stdout` and `stderr`, when the
   * program fails or is not there
   */
  exec(
    command: string,
    args: readonly string[] = [],
    options: ExecFileOptions & InsideOptions = {},
  ): PromiseWithChild<{ stdout: string; stderr: string }> {
    const { mounts, ...how } = options
    const run = mounts ? viaLauncher(this.name, command, args, how) : { command, args, options: how }
    return this.#inside(() =>
      promisify(execFile)(run.command, run.args, { ...(run.options as ExecFileOptions), encoding: 'utf8' }),
    )
  }

  /**
   * A worker thread that lives inside from its first instruction: any server or client of Node's in it is inside. Host names
   * are looked up inside as well, by the name servers and the hosts file of /etc/netns/NAME, or else those of /etc.
   * @throws SystemError when the namespace cannot be entered
   */
  worker(url: string | URL, options: WorkerOptions = {}): Worker {
    return this.#inside(() => bornHere(this.name, url, options))
  }

  /**
   * Has a server of Node's (`net`, `http`, `https`) listen inside; its code stays outside.
   * @throws ArgumentError; SystemError `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`
   */
  listen<S extends Server>(server: S, at: ListenAt = {}): Promise<S> {
    return listenInside((act) => this.#inside(act), server, at)
  }

  /**
   * A TCP connection made inside, as an ordinary `net.Socket`.
   * @throws ArgumentError; SystemError `ECONNREFUSED`, `ENETUNREACH` and their kin; the signal's reason
   */
  connect(to: ConnectTo): Promise<Socket> {
    return connectInside((act) => this.#inside(act), to)
  }

  /** A bound UDP socket made inside, as an ordinary `dgram.Socket`. @throws ArgumentError; SystemError `EADDRINUSE` */
  udp(at: UdpAt = {}): Promise<UdpSocket> {
    return udpInside((act) => this.#inside(act), at)
  }

  /** The processes that are inside, as far as they may be looked at. `ip netns pids` */
  pids(): number[] {
    return processesIn(this.identity)
  }

  /**
   * Gives this namespace an id in the one of the calling thread; without one, the kernel chooses. `ip netns set`; see
   * `net.nsids` for those of others.
   * @throws ArgumentError; NetlinkError `EEXIST` when it has one, `ENOSPC` when the id is another's, `EPERM`
   */
  async setId(id?: number): Promise<void> {
    await requestOnce(setNsid(this.#open(), id))
  }

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

  #inside<T>(act: () => T): T {
    return inside(this.#open(), this.#about, act)
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
