import {
  type ChildProcess,
  type ExecFileOptions,
  type PromiseWithChild,
  type SpawnOptions,
  spawn as spawnProcess,
} from 'node:child_process'
import type { Socket as UdpSocket } from 'node:dgram'
import type { Server, Socket } from 'node:net'
import type { Worker, WorkerOptions } from 'node:worker_threads'
import { ArgumentError } from '../errors.js'
import { closeOthersOnExec } from '../ffi/close-on-exec.js'
import { closeFd, type Fd, openReadOnly } from '../ffi/fd.js'
import { unshareNetns } from '../ffi/namespace.js'
import { assertKnownKeys } from '../options.js'
import { OWN_NETNS, type RunInside, restoringNetns, runInside } from './enter.js'
import { type BytesOptions, execInside, type Output, type TextOptions } from './exec.js'
import { identityOf, isSameNetns, type NetnsIdentity } from './identity.js'
import { requestOnce, setNsid } from './ids.js'
import { monitorNames, type NameChange, type NamesSynced } from './monitor.js'
import { attachName, createNamed, deleteNamed, listNames } from './named.js'
import { namesOf, processesIn } from './processes.js'
import { type NetnsRef, netnsLabel, openNetns } from './reference.js'
import {
  type ConnectTo,
  connectInside,
  type ListenAt,
  listenInside,
  type UdpAt,
  udpInside,
} from './sockets.js'
import { type InsideOptions, type SpawnInside, spawnCommand } from './spawn.js'
import { callSynchronously, type Synchronous } from './synchronous.js'
import { Sysctl } from './sysctl.js'
import { spawnWorker } from './worker.js'

/**
 * A handle to a network namespace, which exists at least as long as the handle is open. Dispose of it or call `close`.
 *
 * network_namespaces(7), ip-netns(8)
 */
export class Netns implements Disposable {
  /** The name that it was created or opened by; undefined when it was opened in another way. */
  readonly name: string | undefined
  /** How error messages name it. */
  readonly #label: string
  #fd: Fd

  private constructor(fd: Fd, label: string, name?: string) {
    this.#fd = fd
    this.#label = label
    this.name = name
  }

  /**
   * Makes a new namespace, which has only a loopback link that is down. A namespace with a name exists until the name
   * is deleted, and `ip netns` shows it; one without a name exists as long as a handle is open or a process is in it.
   * @throws {@link ArgumentError} when the value cannot be a name
   * @throws {@link SystemError} `EEXIST` when the name is taken, `EPERM` without CAP_SYS_ADMIN, or where this thread
   *   could not come back to its own namespace
   */
  static create(name?: string): Netns {
    if (name !== undefined) {
      createNamed(name)
      return Netns.open(name)
    }
    return restoringNetns(() => {
      unshareNetns()
      return new Netns(openReadOnly(OWN_NETNS), 'unnamed network namespace')
    })
  }

  /**
   * Opens a namespace by name, process, path, fd or another handle.
   * @throws {@link ArgumentError} when the value does not refer to a network namespace
   * @throws {@link SystemError} `ENOENT` when there is no such name, process or path
   */
  static open(ref: NetnsRef): Netns {
    const own = openNetns(ref)
    return new Netns(own, netnsLabel(ref), typeof ref === 'string' ? ref : undefined)
  }

  /** Opens the namespace of the calling thread. */
  static current(): Netns {
    return new Netns(openReadOnly(OWN_NETNS), 'network namespace of this thread')
  }

  /**
   * All names, sorted. The same as `ip netns list`: each file of the directory, whether or not it can be opened.
   * @throws {@link SystemError} when the directory of the names cannot be read
   */
  static list(): string[] {
    return listNames()
  }

  /**
   * Removes a name. The namespace itself exists until the last process and the last handle in it are gone. A name that
   * is another file is removed as well (a symbolic link is not followed), and an empty folder.
   * @throws {@link ArgumentError} when the value cannot be a name
   * @throws {@link SystemError} `ENOENT` when there is no such name, `EPERM` without CAP_SYS_ADMIN, `EBUSY` when the
   *   mount belongs to another user namespace, `ENOTEMPTY` when it is a folder with files
   */
  static delete(name: string): void {
    deleteNamed(name)
  }

  /**
   * Gives a name to an existing namespace, which may have other names. The same as `ip netns attach`.
   * @throws {@link ArgumentError} when the value cannot be a name, or `ref` does not refer to a network namespace
   * @throws {@link SystemError} `EEXIST` when the name is taken, `ENOENT` when there is no such namespace, `EPERM`
   *   without CAP_SYS_ADMIN
   */
  static attach(name: string, ref: NetnsRef): Netns {
    using netns = Netns.open(ref)
    attachName(name, netns.fd)
    return Netns.open(name)
  }

  /**
   * All names of the namespace that a process is in. The same as `ip netns identify`.
   * @throws {@link SystemError} `ENOENT` when there is no such process
   */
  static identify(pid: number): string[] {
    using netns = Netns.open({ pid })
    return namesOf(netns.identity)
  }

  /**
   * Emits each name as `added`, then `synced`, then changes. The same as `ip netns monitor`. Ends with the signal's
   * reason.
   * @throws {@link ArgumentError} when an option is unknown
   * @throws {@link SystemError} when the directory of the names cannot be made or read
   */
  static monitor(
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<NameChange | NamesSynced, void, undefined> {
    assertKnownKeys(options, ['signal'], 'options')
    return monitorNames(options.signal)
  }

  /** The network settings of the namespace: `netns.sysctl.set('net.ipv4.ip_forward', 1)`. sysctl(8) */
  get sysctl(): Sysctl {
    return new Sysctl(this.#inside)
  }

  /**
   * The open file, which belongs to this handle: do not close it.
   * @throws {@link ArgumentError} when the handle is closed
   */
  get fd(): number {
    return this.#open()
  }

  /** @throws {@link ArgumentError} when the handle is closed */
  get identity(): NetnsIdentity {
    return identityOf(this.#open())
  }

  /**
   * Whether both handles refer to the same namespace.
   * @throws {@link ArgumentError} when `other` is no handle, or one of them is closed
   */
  equals(other: Netns): boolean {
    const identity = other?.identity
    if (identity === undefined) throw new ArgumentError('other', other, 'a Netns')
    return isSameNetns(this.identity, identity)
  }

  /**
   * Calls a synchronous function inside the namespace; the thread is back in its own when `run` returns or throws. What
   * the function does before it returns takes effect inside: sockets made by system calls, files below /proc/sys/net,
   * child processes. What it only starts (promises, timers, a server's `listen`) takes effect outside, so async
   * functions are refused.
   * @throws {@link ArgumentError} when the function is async or returns a promise
   * @throws {@link SystemError} when the namespace cannot be entered
   */
  run<T>(act: (() => T) & Synchronous<T>): T {
    return callSynchronously(act, this.#inside)
  }

  /**
   * `child_process.spawn`, with the child started inside the namespace. The child gets the files of `stdio` and no
   * others: those from 3 on that this process has open are marked as close-on-exec, for good.
   * @throws {@link ArgumentError} when there is no command, or an option is unknown
   * @throws {@link SystemError} when the namespace cannot be entered
   */
  readonly spawn: SpawnInside = ((
    command: string,
    args?: readonly string[] | (SpawnOptions & InsideOptions),
    options?: SpawnOptions & InsideOptions,
  ): ChildProcess => {
    const run = spawnCommand(this.name, command, args, options)
    return this.#inside(() => {
      closeOthersOnExec()
      return Object.assign(spawnProcess(run.command, run.args, run.options), run.shown)
    })
  }) as SpawnInside

  /**
   * Runs a program inside the namespace until it exits; returns what it wrote. `child_process.execFile` as a promise,
   * which rejects with execFile's own error (`code`, `stdout`, `stderr`) when the program is missing or fails, and with
   * the signal's reason when it is aborted. The program gets the same files as with `spawn`. Its output is text, or
   * bytes when `encoding` is `'buffer'` or null.
   * @throws {@link ArgumentError} when there is no command, `args` is not an array, or an option or encoding is unknown
   * @throws {@link SystemError} when the namespace cannot be entered
   */
  exec(command: string, args: readonly string[], options: BytesOptions): PromiseWithChild<Output<Buffer>>
  exec(command: string, args?: readonly string[], options?: TextOptions): PromiseWithChild<Output>
  exec(
    command: string,
    args: readonly string[],
    options: ExecFileOptions & InsideOptions,
  ): PromiseWithChild<Output<string | Buffer>>
  exec(
    command: string,
    args: readonly string[] = [],
    options: ExecFileOptions & InsideOptions = {},
  ): PromiseWithChild<Output<string | Buffer>> {
    return execInside(this.#inside, this.name, command, args, options)
  }

  /**
   * Starts a worker thread inside the namespace: every Node server and client in it is inside. Host names are looked
   * up inside as well, with the hosts file and the name servers of /etc/netns/NAME, or those of /etc. Programs that it
   * starts get no files but those of `stdio`, as with `spawn`.
   * @throws {@link ArgumentError} when `url` is missing, or an option is unknown
   * @throws {@link SystemError} when the namespace cannot be entered
   */
  worker(url: string | URL, options: WorkerOptions = {}): Worker {
    return this.#inside(() => spawnWorker(this.name, url, options))
  }

  /**
   * Makes a Node server (`net`, `http`, `https`) listen inside the namespace; its code runs outside.
   * @throws {@link ArgumentError} when `server` is no server, an option is unknown, or host or port are invalid
   * @throws {@link LinkNotFoundError} when the zone of the host names no link
   * @throws {@link SystemError} `EADDRINUSE`, `EADDRNOTAVAIL` or `EACCES`
   */
  listen<S extends Server>(server: S, at: ListenAt = {}): Promise<S> {
    return listenInside(this.#inside, server, at)
  }

  /**
   * Makes a TCP connection inside the namespace, as a `net.Socket`. Rejects with the signal's reason when it is
   * aborted.
   * @throws {@link ArgumentError} when an option is unknown, or an address or port is invalid
   * @throws {@link LinkNotFoundError} when the zone of an address names no link
   * @throws {@link SystemError} `ECONNREFUSED`, `ENETUNREACH`, `EHOSTUNREACH` or `ETIMEDOUT`
   */
  connect(to: ConnectTo): Promise<Socket> {
    return connectInside(this.#inside, to)
  }

  /**
   * Makes a bound UDP socket inside the namespace, as a `dgram.Socket`.
   * @throws {@link ArgumentError} when an option is unknown, or host or port are invalid
   * @throws {@link LinkNotFoundError} when the zone of the host names no link
   * @throws {@link SystemError} `EADDRINUSE`, `EADDRNOTAVAIL` or `EACCES`
   */
  udp(at: UdpAt = {}): Promise<UdpSocket> {
    return udpInside(this.#inside, at)
  }

  /** The ids of the processes inside, except those that this process may not inspect. The same as `ip netns pids`. */
  pids(): number[] {
    return processesIn(this.identity)
  }

  /**
   * Assigns an id to this namespace, valid in the namespace of the calling thread; without an id, the kernel chooses
   * one. The same as `ip netns set`. `net.nsids` assigns ids in other namespaces.
   * @throws {@link ArgumentError} when the id is not an integer from 0 to 2147483647
   * @throws {@link NetlinkError} `EEXIST` when it has an id already or the id is taken, `EPERM` without CAP_NET_ADMIN
   */
  async setId(id?: number): Promise<void> {
    // A handle of its own: the caller may close this one before the request is sent.
    using own = Netns.open(this)
    await requestOnce(setNsid(own.fd, id))
  }

  /** Closes the handle. Idempotent. */
  close(): void {
    if (this.#fd < 0) return
    const fd = this.#fd
    this.#fd = -1 as Fd
    closeFd(fd)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  readonly #inside: RunInside = (act) => runInside(this.#open(), this.#label, act)

  #open(): Fd {
    if (this.#fd >= 0) return this.#fd
    const message = `netns must be an open handle, but the handle of the ${this.#label} is closed`
    throw new ArgumentError('netns', 'a closed handle', 'an open handle', message)
  }
}
