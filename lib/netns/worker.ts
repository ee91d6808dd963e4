import { Worker, type WorkerOptions } from 'node:worker_threads'
import { ArgumentError } from '../errors.js'
import { closeOthersOnExec } from '../ffi/close-on-exec.js'
import { assertKnownKeys } from '../options.js'

/** Node's options that load a module before the program, or affect how modules resolve. Workers accept them. node(1) */
const PRELOADING = ['--import', '--require', '-r', '--loader', '--experimental-loader', '--conditions', '-C']

// A record must list every key of its type, so a missing option does not compile.
const WORKER_OPTIONS: Readonly<Record<keyof WorkerOptions, true>> = {
  argv: true,
  env: true,
  eval: true,
  execArgv: true,
  name: true,
  resourceLimits: true,
  stderr: true,
  stdin: true,
  stdout: true,
  trackUnmanagedFds: true,
  transferList: true,
  workerData: true,
}
const WORKER_KEYS = Object.keys(WORKER_OPTIONS)

/** The preloading options of a command line, with their values. A worker refuses others, such as `-e` and V8's. */
export function preloadsOf(execArgv: readonly string[]): string[] {
  return execArgv.flatMap((option, i) => {
    if (PRELOADING.includes(option)) return [option, execArgv[i + 1] ?? '']
    return PRELOADING.some((known) => option.startsWith(`${known}=`)) ? [option] : []
  })
}

/**
 * Starts a worker in the network namespace of the calling thread, with host names looked up there.
 * @param netnsName the namespace's name, for the files of /etc/netns/NAME
 * @throws {@link ArgumentError} when there is no URL, or an option is unknown
 */
export function spawnWorker(
  netnsName: string | undefined,
  url: string | URL,
  options: WorkerOptions,
): Worker {
  if (typeof url !== 'string' && !(url instanceof URL)) {
    throw new ArgumentError('url', url, 'the path or the URL of a module, or code when options.eval is true')
  }
  assertKnownKeys(options, WORKER_KEYS, 'options')
  closeOthersOnExec()
  const lookup = new URL('./lookup-inside.js', import.meta.url)
  if (netnsName !== undefined) lookup.searchParams.set('name', JSON.stringify(netnsName))
  const execArgv = ['--import', lookup.href, ...(options.execArgv ?? preloadsOf(process.execArgv))]
  return new Worker(url, { ...options, execArgv })
}
