/**
 * Runs as a process of its own, started inside a network namespace: makes a mount namespace as `ip netns exec` does,
 * then executes the program. Its arguments are a `Launch` in JSON, the program, and the program's arguments.
 */

import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { errno } from '../../protocol/index.js'
import { SystemError } from '../errors.js'
import { closeOthersOnExec, keepOpen } from '../ffi/close-on-exec.js'
import { bindOver, execute, mountOwnSys, unshareMounts } from '../ffi/exec.js'
import { namesIn } from '../path.js'
import { VARIABLE_PREFIX } from './defaults.js'
import { ETC_NETNS } from './etc.js'
import type { Launch } from './launch.js'

/* Exit statuses of env(1) and of shells for a program that is missing, or cannot be executed. */
const NOT_FOUND = 127
const NOT_EXECUTABLE = 126
const { ENOENT } = errno
const STDERR = 2

function fail(message: string, status: number): never {
  try {
    writeSync(STDERR, `rtnetlink: ${message}\n`)
  } catch {
    // Standard error is closed, or a pipe without a reader: the status has to do.
  }
  process.exit(status)
}

/** Mounts each file of /etc/netns/NAME over the file of the same name in /etc. ip-netns(8) */
function bindEtcFiles(name: string): void {
  const folder = join(ETC_NETNS, name)
  let files: string[]
  try {
    files = namesIn(folder)
  } catch {
    return
  }
  for (const file of files) {
    try {
      bindOver(join(folder, file), join('/etc', file))
    } catch (error) {
      // /etc may lack the file. `ip netns exec` also reports this and continues.
      writeSync(STDERR, `rtnetlink: ${(error as Error).message}\n`)
    }
  }
}

/** Becomes the user, as libuv does for `child_process`: without any supplementary group. */
function becomeUser({ uid, gid }: Launch): void {
  if (uid === undefined && gid === undefined) return
  try {
    process.setgroups?.([])
  } catch {
    // Only root may drop groups, and in some user namespaces nobody may. libuv ignores this as well.
  }
  if (gid !== undefined) process.setgid?.(gid)
  if (uid !== undefined) process.setuid?.(uid)
}

/** Takes the program's variables, and its PATH for the search. */
function takeVariables(): string[] {
  const variables = Object.entries(process.env).flatMap(([name, value]) =>
    name.startsWith(VARIABLE_PREFIX) ? [`${name.slice(VARIABLE_PREFIX.length)}=${value}`] : [],
  )
  const path = process.env[`${VARIABLE_PREFIX}PATH`]
  if (path === undefined) delete process.env['PATH']
  else process.env['PATH'] = path
  return variables
}

const [text = '', command = '', ...args] = process.argv.slice(2)
const launch = JSON.parse(text) as Launch
const { name } = launch
try {
  unshareMounts()
  mountOwnSys(name ?? 'sysfs')
  if (name !== undefined) bindEtcFiles(name)
  becomeUser(launch)
} catch (error) {
  fail((error as Error).message, NOT_EXECUTABLE)
}
const variables = takeVariables()
closeOthersOnExec()
for (const fd of launch.files) keepOpen(fd)
const failure = execute(command, [launch.argv0 ?? command, ...args], variables)
fail(new SystemError('execve', failure, command).message, failure === ENOENT ? NOT_FOUND : NOT_EXECUTABLE)
