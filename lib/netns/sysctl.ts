import { readFileSync, writeFileSync } from 'node:fs'
import { ArgumentError } from '../errors.js'
import { toSystemError } from '../node-error.js'
import { pathBytes } from '../path.js'
import { privilegeHint } from '../privilege.js'
import type { RunInside } from './enter.js'

/** The network settings of one namespace, under their names in sysctl(8). */
export class Sysctl {
  readonly #run: RunInside

  constructor(run: RunInside) {
    this.#run = run
  }

  /**
   * The value as text, without the final newline.
   * @param name `net.ipv4.ip_forward`; with slashes for links with a dot in their name:
   * `net/ipv4/conf/eth0.1/forwarding`
   * @throws {@link ArgumentError} when the name is not below `net`
   * @throws {@link SystemError} `ENOENT` when there is no such setting
   */
  get(name: string): string {
    const path = pathOf(name)
    return this.#run(() => translatingErrors(name, () => readFileSync(pathBytes(path), 'utf8'))).trimEnd()
  }

  /**
   * Sets a value; booleans are written as 1 and 0.
   * @throws {@link ArgumentError} when the name is not below `net`
   * @throws {@link SystemError} `ENOENT` when there is no such setting, `EINVAL` when it does not accept the value,
   * `EACCES` or `EPERM` without CAP_NET_ADMIN
   */
  set(name: string, value: string | number | boolean): void {
    const path = pathOf(name)
    const text = typeof value === 'boolean' ? Number(value) : value
    // r+ does not create the file, as sysctl(8) does not.
    this.#run(() =>
      translatingErrors(name, () => writeFileSync(pathBytes(path), `${text}\n`, { flag: 'r+' })),
    )
  }
}

/** sysctl(8): the first of `.` and `/` in the name is the separator; between dots, the other one stands for a dot. */
function pathOf(name: string): string {
  const separator = typeof name === 'string' ? /[./]/.exec(name)?.[0] : undefined
  const parts = separator === undefined ? [] : name.split(separator)
  const files = separator === '.' ? parts.map((part) => part.replaceAll('/', '.')) : parts
  const invalid = files.some((part) => part === '' || part === '..' || part === '.' || part.includes('\0'))
  if (files[0] !== 'net' || files.length < 3 || invalid) {
    throw new ArgumentError('name', name, 'a setting below net, such as net.ipv4.ip_forward')
  }
  return `/proc/sys/${files.join('/')}`
}

function translatingErrors<T>(name: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw toSystemError(error, name, {
      EACCES: () => privilegeHint('Permission denied'),
      EPERM: () => privilegeHint(),
    })
  }
}
