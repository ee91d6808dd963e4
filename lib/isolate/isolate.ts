import type { ChildProcess, ChildProcessWithoutNullStreams, SpawnOptions } from 'node:child_process'
import type { Server } from 'node:net'
import type { Stream } from 'node:stream'
import { STANDARD_FILE_COUNT } from '../netns/launch.js'
import { Netns } from '../netns/netns.js'
import { assertArgs, assertCommand, type InsideOptions, SPAWN_KEYS } from '../netns/spawn.js'
import { checkedSockets, checkedStdio } from '../netns/stdio.js'
import { assertBoolean, assertKnownKeys } from '../options.js'
import { RtNetlink } from '../rtnetlink/rtnetlink.js'

export interface IsolateOptions extends SpawnOptions, InsideOptions {
  /** Sets the loopback link up; by default it is down, and the program cannot reach even itself. */
  readonly loopback?: boolean | undefined
  /**
   * Connected or listening sockets for the program: sockets and servers of `node:net`, other streams with an fd, or fds.
   * It gets them as fds 3, 4, … (after those of `stdio`). A socket stays in the namespace that it was made in, so these
   * still work. A server goes on accepting in this process as well, until it is closed.
   */
  readonly sockets?: readonly (Stream | Server | number)[] | undefined
}

const ISOLATE_KEYS = ['loopback', 'sockets', ...SPAWN_KEYS]

/**
 * Runs a program without a network: in a network namespace of its own, which is removed when the program ends. This
 * does not restrict files: the program can still connect to Unix sockets by path, and as root enter other namespaces;
 * see `uid` and `gid` of `child_process.spawn`. It gets no open files but those of `stdio` and `sockets`. Rejects with
 * the signal's reason when it is aborted before the program starts.
 * @throws {@link ArgumentError} when there is no command, an option is unknown, `args` or `sockets` is not an array, or one of
 *   `sockets` or `stdio` is not open; the program is not started then
 * @throws {@link SystemError} `EPERM` without CAP_SYS_ADMIN, or where this thread could not come back to its namespace
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
  assertCommand(command)
  assertArgs(args)
  assertKnownKeys(options, ISOLATE_KEYS, 'options')
  const { loopback = false, sockets = [], stdio = 'pipe', ...spawnOptions } = options
  assertBoolean('options.loopback', options.loopback)
  checkedSockets(sockets)
  checkedStdio(stdio)
  options.signal?.throwIfAborted()
  using netns = Netns.create()
  if (loopback) {
    await using net = await RtNetlink.open({ netns })
    await net.links.set('lo', { up: true })
  }
  options.signal?.throwIfAborted()
  const files = Array.isArray(stdio) ? [...stdio] : Array.from({ length: STANDARD_FILE_COUNT }, () => stdio)
  while (files.length < STANDARD_FILE_COUNT) files.push('pipe')
  return netns.spawn(command, args, {
    ...spawnOptions,
    // Again, since one may have been closed meanwhile.
    stdio: [...files, ...checkedSockets(sockets)] as SpawnOptions['stdio'] & object,
  })
}
