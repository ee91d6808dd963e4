import { type SpawnSyncOptions, spawnSync } from 'node:child_process'

/** A module takes a second, on an emulated processor minutes. */
export const TIMEOUT_MS = 300_000

const library = JSON.stringify(new URL('../../lib/index.js', import.meta.url).href)

/** The arguments of Node for a module that has the library's exports as `lib`. */
export function moduleArgs(body: string): string[] {
  return ['--input-type=module', '-e', `import * as lib from ${library}\n${body}`]
}

/** A command that runs another one, which follows it, in new namespaces with an empty /run. */
export function unshared(flags: string, prepare = 'true'): string[] {
  return ['unshare', flags, 'sh', '-c', `mount -t tmpfs tmpfs /run && ${prepare} && exec "$@"`, 'sh']
}

/** Why a command of `unshared` cannot run here; undefined when it can. */
export function cannotUnshare(flags: string): string | undefined {
  const [program = '', ...args] = unshared(flags)
  return spawnSync(program, [...args, 'true']).status === 0 ? undefined : `unshare ${flags} is not allowed`
}

/**
 * Runs a module in a process of its own, and gives what it prints as JSON. Its standard error and a bad end are errors.
 * @param through a command that runs the one that follows it
 */
export function runModule(
  body: string,
  through: readonly string[] = [],
  options: SpawnSyncOptions = {},
): unknown {
  const [program = '', ...args] = [...through, process.execPath, ...moduleArgs(body)]
  const run = spawnSync(program, args, {
    timeout: TIMEOUT_MS,
    maxBuffer: 2 ** 26,
    ...options,
    encoding: 'utf8',
  })
  if (run.status !== 0 || run.stderr !== '') {
    throw new Error(`the module ended with ${run.status ?? run.signal}: ${run.stdout}${run.stderr}`)
  }
  return JSON.parse(run.stdout)
}
