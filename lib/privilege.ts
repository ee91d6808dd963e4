import { readFileSync, readlinkSync } from 'node:fs'

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

let advice: { readonly euid: number | undefined; readonly text: string } | undefined

/**
 * The hint of every EPERM. The advice is composed once for a user: a bulk may fail with an EPERM for each of many items. A
 * process that has root's privileges cannot get more: the kernel has another reason then.
 */
export function privilegeHint(text = 'Operation not permitted'): string {
  const euid = process.geteuid?.()
  if (advice === undefined || advice.euid !== euid) advice = { euid, text: composeAdvice() }
  return `${text}${advice.text}`
}

function composeAdvice(): string {
  if (!hasRootCapabilities()) return `: ${sandboxHint()}`
  return isInitialUserNamespace() ? '' : ': this needs root outside of this user namespace'
}

/** The hint where a file may not be written: a sandbox has files of its own, which another user namespace lacks. */
export function fileHint(text: string): string {
  return hasRootCapabilities() && isInitialUserNamespace() ? text : `${text}: ${sandboxHint()}`
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
const CAP_DAC_OVERRIDE = 1
const CAP_NET_ADMIN = 12
export const CAP_SYS_ADMIN = 21
/** PROC_USER_INIT_INO of include/linux/proc_ns.h: the inode of the initial user namespace. */
const INITIAL_USER_NAMESPACE = 'user:[4026531837]'

/** A container's root may lack others, which nothing here needs. */
const hasRootCapabilities = () => [CAP_DAC_OVERRIDE, CAP_NET_ADMIN, CAP_SYS_ADMIN].every(hasCapability)

function isInitialUserNamespace(): boolean {
  try {
    return readlinkSync('/proc/self/ns/user') === INITIAL_USER_NAMESPACE
  } catch {
    return true
  }
}

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
