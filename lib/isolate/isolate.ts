import type { ChildProcess, ChildProcessWithoutNullStreams, SpawnOptions } from 'node:child_process'
import type { Stream } from 'node:stream'
import { ArgumentError } from '../errors.js'
import type { InsideOptions } from '../netns/launch.js'
import { Netns } from '../netns/netns.js'
import { RtNetlink } from '../rtnetlink/rtnetlink.js'

export interface IsolateOptions extends SpawnOptions, InsideOptions {
  /** Has it a loopback link that is up; otherwise it has nothing at all. */
  readonly loopback?: boolean | undefined
  /**
   * What it may talk over all the same: connected or listening sockets, by their fds or as Node's streams. It finds them
   * as fds 3, 4, … (behind those of `stdio`); a socket stays in the namespace that it was made in.
   */
  readonly sockets?: readonly (Stream | number)[] | undefined
}

const STANDARD_FILES = 3

/**
 * Runs a program that reaches no network: in a namespace of its own, which goes with it. Files are another matter: a
 * socket in the file system still answers, and root may enter other namespaces; `uid` and `gid` are child_process's.
 * @throws ArgumentError, SystemError `EPERM`
 */
export function isolate(
  command: string,
  args?: readonly string[],
  options?: IsolateOptions & { readonly stdio?: 'pipe' | undefined },
): Promise<ChildProcessWithoutNullStreams>
export function isolate(
  command: string,
  args: readonly string[],
  options: IsolateOptions,
): Promise<ChildProcess>
export async function isolate(
  command: string,
  args: readonly string[] = [],
  options: IsolateOptions = {},
): Promise<ChildProcess> {
  const { loopback = false, sockets = [], stdio = 'pipe', ...how } = options
  if (!Array.isArray(sockets)) throw new ArgumentError('sockets', sockets, 'an array of sockets or fds')
  using netns = Netns.create()
  if (loopback) {
    await using net = await RtNetlink.open({ netns })
    await net.links.set('lo', { up: true })
  }
  const files = Array.isArray(stdio) ? [...stdio] : Array.from({ length: STANDARD_FILES }, () => stdio)
  while (files.length < STANDARD_FILES) files.push('pipe')
  return netns.spawn(command, args, {
    ...how,
    stdio: [...files, ...sockets] as SpawnOptions['stdio'] & object,
  })
}
