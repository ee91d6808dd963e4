import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ipVersion } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import { ETC_NETNS, parseNameservers, readEtc } from '../netns/etc.js'
import { toSystemError } from '../node-error.js'
import { pathBytes } from '../path.js'

/** The first line of files that were written here; others are never changed. */
const MARK = '# written by rtnetlink connectUplink'
/** Name servers at a loopback address, such as systemd-resolved's, cannot be reached from another namespace. */
const LOOPBACK = /^(127\.|::1$)/

const folderOf = (name: string) => join(ETC_NETNS, name)
const fileOf = (name: string) => join(folderOf(name), 'resolv.conf')

/** The name servers of this machine that other namespaces can reach. resolv.conf(5) */
function sharedNameservers(): string[] {
  return parseNameservers(readEtc(undefined, 'resolv.conf')).filter((address) => !LOOPBACK.test(address))
}

/** @throws {@link ArgumentError} when the value is not an array of addresses */
export function assertNameservers(nameservers: readonly string[]): void {
  if (!Array.isArray(nameservers))
    throw new ArgumentError('nameservers', nameservers, 'an array of addresses')
  for (const [i, address] of nameservers.entries()) {
    if (typeof address !== 'string' || ipVersion(address) === undefined)
      throw new ArgumentError(`nameservers[${i}]`, address, 'an IPv4 or IPv6 address')
  }
}

/**
 * Writes the resolv.conf for the programs of a namespace, unless there is one that was not written here. ip-netns(8)
 * @throws {@link SystemError} when it cannot be written
 */
export function writeResolvConf(name: string, nameservers: readonly string[] = sharedNameservers()): void {
  const existing = readIfPresent(fileOf(name))
  if ((existing !== undefined && !existing.startsWith(MARK)) || nameservers.length === 0) return
  const lines = nameservers.map((address) => `nameserver ${address}\n`)
  const text = `${MARK}\n${lines.join('')}`
  if (existing === text) return
  try {
    mkdirSync(pathBytes(folderOf(name)), { recursive: true })
    writeFileSync(pathBytes(fileOf(name)), text)
  } catch (error) {
    throw toSystemError(error, fileOf(name))
  }
}

/** Removes the file that {@link writeResolvConf} wrote, and the folders that are empty then. */
export function removeResolvConf(name: string): void {
  if (!readIfPresent(fileOf(name))?.startsWith(MARK)) return
  rmSync(pathBytes(fileOf(name)))
  for (const folder of [folderOf(name), ETC_NETNS]) {
    try {
      rmdirSync(pathBytes(folder))
    } catch {
      // Not empty.
      return
    }
  }
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(pathBytes(path), 'utf8')
  } catch {
    return undefined
  }
}
