import { readFileSync, writeFileSync } from 'node:fs'
import { ArgumentError, PRIVILEGE_HINT, SystemError } from '../errors.js'

/** Network settings of one namespace, by the names that sysctl(8) has for them. */
export class Sysctl {
  readonly #run: <T>(act: () => T) => T

  constructor(run: <T>(act: () => T) => T) {
    this.#run = run
  }

  /**
   * The value, as the kernel writes it, without the line's end.
   * @param name `net.ipv4.ip_forward`; of a link whose name has a dot, with slashes: `net/ipv4/conf/eth0.1/forwarding`
   * @throws ArgumentError when it is no name below `net`; SystemError `ENOENT` when there is none such
   */
  get(name: string): string {
    const path = pathOf(name)
    return this.#run(() => attempt(name, () => readFileSync(path, 'utf8'))).trimEnd()
  }

  /** Sets it. @throws as `get`; SystemError `EINVAL` for a value that it does not take, `EPERM` */
  set(name: string, value: string | number | boolean): void {
    const path = pathOf(name)
    const text = typeof value === 'boolean' ? Number(value) : value
    // As sysctl(8) writes it: nothing is made where there is nothing.
    this.#run(() => attempt(name, () => writeFileSync(path, `${text}\n`, { flag: 'r+' })))
  }
}

/** sysctl(8): whichever of dot and slash comes first separates, the other one stands for itself. */
function pathOf(name: string): string {
  const separator = typeof name === 'string' ? /[./]/.exec(name)?.[0] : undefined
  const parts = separator === undefined ? [] : name.split(separator)
  const other = separator === '.' ? '/' : '.'
  const files = separator === '.' ? parts.map((part) => part.replaceAll(other, '.')) : parts
  const odd = files.some((part) => part === '' || part === '..' || part === '.' || part.includes('\0'))
  if (files[0] !== 'net' || files.length < 3 || odd) {
    throw new ArgumentError('name', name, 'a setting below net, such as net.ipv4.ip_forward')
  }
  return `/proc/sys/${files.join('/')}`
}

function attempt<T>(name: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    const { errno, syscall = 'open', code } = error as NodeJS.ErrnoException
    if (errno === undefined) throw error
    const hint = code === 'EACCES' || code === 'EPERM' ? PRIVILEGE_HINT : undefined
    throw new SystemError(syscall, Math.abs(errno), name, hint)
  }
}
