import { isLinkName, LINK_NAME } from '../../protocol/rtnetlink/shared/link-name.js'
import { ArgumentError } from '../errors.js'
import { unknownName } from './unknown-name.js'

/**
 * Flags by their names.
 * @throws {@link ArgumentError} when they are not an array of known names
 */
export function assertFlags(flags: readonly unknown[], known: readonly string[], argument = 'flags'): void {
  if (!Array.isArray(flags)) throw new ArgumentError(argument, flags, `an array of ${known.join(', ')}`)
  for (const flag of flags as readonly unknown[]) {
    if (typeof flag !== 'string' || !known.includes(flag)) throw unknownName(argument, flag, known)
  }
}

/** @throws {@link ArgumentError} when they are not names of links, at least one */
export function assertDevices(devices: readonly unknown[]): void {
  if (!Array.isArray(devices) || devices.length === 0) {
    throw new ArgumentError('devices', devices, 'an array of the names of links, at least one')
  }
  for (const [i, name] of (devices as readonly unknown[]).entries()) {
    if (typeof name !== 'string' || !isLinkName(name))
      throw new ArgumentError(`devices.${i}`, name, LINK_NAME)
  }
}
