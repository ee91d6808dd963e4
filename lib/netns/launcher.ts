/**
 * Runs in a process of its own, born inside the namespace: gives it mounts of its own, as `ip netns exec` does, then
 * becomes the program that is wanted. Its last argument is a `Launch` in JSON.
 */
import { accessSync, constants, readdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { SystemError } from '../errors.js'
import { bindOver, execute, keepOpen, mountOwnSys, unshareMounts } from '../ffi/exec.js'
import { ETC_NETNS } from './etc.js'
import type { Launch } from './launch.js'

/** What env(1) and shells say of a program that is not there, or may not be run. */
const NOT_FOUND = 127
const NOT_EXECUTABLE = 126
const ENOENT = 2

function fail(message: string, status: number): never {
  writeSync(2, `rtnetlink: ${message}\n`)
  process.exit(status)
}

/** Files that the namespace has instead of those in /etc. ip-netns(8) */
function bindEtcFiles(name: string): void {
  const folder = join(ETC_NETNS, name)
  let files: string[]
  try {
    files = readdirSync(folder)
  } catch {
    return
  }
  for (const file of files) {
    try {
      bindOver(join(folder, file), join('/etc', file))
    } catch (error) {
      // As `ip netns exec` does: said, and gone on. There may be no such file to stand for.
      writeSync(2, `rtnetlink: ${(error as Error).message}\n`)
    }
  }
}

/** Where a program is. exec(3) */
function locate(command: string): string {
  if (command.includes('/')) return command
  for (const folder of (process.env['PATH'] ?? '/bin:/usr/bin').split(':')) {
    const path = join(folder || '.', command)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // The next one.
    }
  }
  return fail(`${command}: not found`, NOT_FOUND)
}

const { name, command, args, argv0, uid, gid, files } = JSON.parse(process.argv.at(-1) ?? '') as Launch
try {
  unshareMounts()
  mountOwnSys()
  if (name !== undefined) bindEtcFiles(name)
} catch (error) {
  fail((error as Error).message, NOT_EXECUTABLE)
}
if (gid !== undefined) {
  process.setgroups?.([])
  process.setgid?.(gid)
}
if (uid !== undefined) process.setuid?.(uid)
for (let fd = 0; fd < files; fd++) keepOpen(fd)
const errno = execute(locate(command), [argv0 ?? command, ...args], process.env)
fail(new SystemError('execve', errno, command).message, errno === ENOENT ? NOT_FOUND : NOT_EXECUTABLE)
