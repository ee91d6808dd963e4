import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Calls `read` and gives its result, or `otherwise` when the file is gone or not ours to read. */
function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}

/** mountinfo writes space, tab, newline and backslash as octal escapes. proc_pid_mountinfo(5) */
const unescapePath = (path: string) =>
  path.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))

function mounted(): string[] {
  const lines = attempt(() => readFileSync('/proc/self/mountinfo', 'utf8'), '').split('\n')
  return lines.flatMap((line) => {
    const [, , , , path] = line.split(' ')
    return path !== undefined && line.includes(' - nsfs ') ? [unescapePath(path)] : []
  })
}

const isNetnsLink = (path: string) => attempt(() => readlinkSync(path), '').startsWith('net:[')

function openIn(process: string): string[] {
  const folder = `/proc/${process}/fd`
  return attempt(() => readdirSync(folder), [])
    .map((fd) => `${folder}/${fd}`)
    .filter(isNetnsLink)
}

/**
 * Files that refer to network namespaces, the likely and cheap ones first: names and other mounts, open files of this
 * process, processes, open files of others. Several may refer to one namespace, and some to no network namespace. Gives
 * a few at a time, so that the caller can pause.
 */
export function* netnsFiles(): Generator<readonly string[], void, undefined> {
  yield mounted()
  yield openIn('self')
  const processes = attempt(() => readdirSync('/proc'), []).filter((name) => /^\d+$/.test(name))
  for (const process of processes) yield [`/proc/${process}/ns/net`]
  for (const process of processes) yield openIn(process)
}
