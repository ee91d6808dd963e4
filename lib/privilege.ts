import { readFileSync } from 'node:fs'

/**
 * Starts a shell in a sandbox: a user namespace, in which the user is root, with network and mount namespaces of its own.
 * The names of network namespaces are kept in /run, which belongs to another user there: it is replaced.
 */
export const SANDBOX_COMMAND = "unshare -Urnm sh -c 'mount -t tmpfs tmpfs /run && exec sh'"

/** Settings that forbid user namespaces to users, the value that does, and one that allows them. */
const OBSTACLES = [
  ['user.max_user_namespaces', '0', '10000'],
  // A patch of Debian's.
  ['kernel.unprivileged_userns_clone', '0', '1'],
  // Ubuntu's: a user namespace is made, but has no capabilities. apparmor(7)
  ['kernel.apparmor_restrict_unprivileged_userns', '1', '0'],
] as const

/**
 * What to do where privileges are missing: become root, or enter a sandbox, with what has to be set first. Ends with the
 * command that starts the sandbox.
 * @param read gives the value of a setting, if there is such a setting
 */
export function sandboxHint(read: (name: string) => string | undefined = setting): string {
  const settings = OBSTACLES.filter(([name, forbids]) => read(name) === forbids).map(
    ([name, , allows]) => `${name}=${allows}`,
  )
  const first =
    settings.length === 0 ? '' : `, after root has allowed user namespaces (sysctl -w ${settings.join(' ')})`
  return `run as root, or in a sandbox of your own${first}: ${SANDBOX_COMMAND}`
}

let hint: string | undefined

/** The hint of every EPERM. It is composed once: a bulk may fail with an EPERM for each of many items. */
export function privilegeHint(): string {
  hint ??= `Operation not permitted: ${sandboxHint()}`
  return hint
}

function setting(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').trim()
  } catch {
    // This kernel has no such setting.
    return undefined
  }
}

/* include/uapi/linux/capability.h */
export const CAP_SYS_ADMIN = 21

/** Whether the thread has a capability in its user namespace. proc_pid_status(5) */
export function hasCapability(capability: number): boolean {
  try {
    const status = readFileSync('/proc/thread-self/status', 'utf8')
    const effective = BigInt(`0x${/^CapEff:\s*(\w+)/m.exec(status)?.[1] ?? 0}`)
    return ((effective >> BigInt(capability)) & 1n) === 1n
  } catch {
    return false
  }
}
