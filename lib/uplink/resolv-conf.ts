import {
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type IpFamily, ipVersion } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import { ETC_NETNS, readEtc } from '../netns/etc.js'
import { Netns } from '../netns/netns.js'
import { toSystemError } from '../node-error.js'
import { namesIn, pathBytes } from '../path.js'
import { splitZone } from '../zoned-address.js'
import type { NameserversWarning } from './warnings.js'

/** The first line of files that were written here, with which folders were made for it; others are never changed. */
const MARK = '# written by rtnetlink connectUplink'
/** The servers that systemd-resolved uses itself, where /etc/resolv.conf has only its stub. systemd-resolved(8) */
const RESOLVED = '/run/systemd/resolve/resolv.conf'
const STUBS: readonly string[] = ['127.0.0.53', '127.0.0.54']

const folderOf = (name: string) => join(ETC_NETNS, name)
const fileOf = (name: string) => join(folderOf(name), 'resolv.conf')
/** Where a file is written before it takes its place; the caller holds the router's lock. */
const temporaryOf = (name: string) => join(folderOf(name), '.resolv.conf.rtnetlink')

/** The addresses of the lines `nameserver …`; other lines, and what is no address, are passed over. resolv.conf(5) */
function listedServers(text: string): string[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const address = /^\s*nameserver\s+([^\s#;]+)/.exec(line)?.[1]
    return address !== undefined && ipVersion(splitZone(address).bare) !== undefined ? [address] : []
  })
}

/**
 * Whether other namespaces can reach a name server: not at a loopback or unspecified address, and not at a link-local
 * IPv6 address, which is valid on one link of the router only.
 */
const isReachable = (address: string) =>
  !/^(127\.|0\.|::(1|ffff:(127|0)\..*)?$|fe[89ab].:|.*%)/i.test(address)

/**
 * The name servers that other namespaces can reach, from the texts of a resolv.conf and of systemd-resolved's.
 * @param families the families that the uplink has
 */
export function usableNameservers(
  text: string,
  resolvedText: () => string,
  families: ReadonlySet<IpFamily>,
): string[] {
  const listed = listedServers(text)
  const usable = (servers: readonly string[]) => [
    ...new Set(servers.filter((address) => isReachable(address) && families.has(familyOfServer(address)))),
  ]
  const own = usable(listed)
  if (own.length > 0 || !listed.some((address) => STUBS.includes(address))) return own
  return usable(listedServers(resolvedText()))
}

const familyOfServer = (address: string): IpFamily => (ipVersion(address) === 4 ? 'inet' : 'inet6')

/** The name servers of a router that namespaces behind it can reach. */
export function routerNameservers(router: string | undefined, families: ReadonlySet<IpFamily>): string[] {
  const resolved = () => readIfPresent(RESOLVED) ?? ''
  return usableNameservers(readEtc(router, 'resolv.conf'), resolved, families)
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
 * Writes the resolv.conf for the programs of a namespace, unless there is one that was not written here: a file, a
 * folder or a symbolic link. ip-netns(8)
 * @returns what keeps the name servers from the programs inside
 * @throws {@link SystemError} when it cannot be written
 */
export function writeResolvConf(
  name: string,
  nameservers: readonly string[],
): NameserversWarning | undefined {
  const file = fileOf(name)
  const existing = ownText(name)
  if (existing === undefined && exists(file)) {
    const message = `${file} was not written by an uplink, and is kept: programs inside use its name servers`
    return { kind: 'nameservers', reason: 'kept', message }
  }
  if (nameservers.length === 0) return undefined
  try {
    const made = existing === undefined ? makeFolders(name) : foldersMade(existing)
    const text = render(nameservers, made)
    if (existing === text) return undefined
    const temporary = pathBytes(temporaryOf(name))
    rmSync(temporary, { force: true })
    writeFileSync(temporary, text, { flag: 'wx', mode: 0o644 })
    try {
      // link(2) does not replace what another program may have put there meanwhile.
      if (existing === undefined) linkSync(temporary, pathBytes(file))
      else renameSync(temporary, pathBytes(file))
    } finally {
      rmSync(temporary, { force: true })
    }
  } catch (error) {
    throw toSystemError(error, file)
  }
  return undefined
}

/** Removes the file that {@link writeResolvConf} wrote, and the folders that it made if they are empty. */
export function removeResolvConf(name: string): void {
  rmSync(pathBytes(temporaryOf(name)), { force: true })
  const text = ownText(name)
  if (text === undefined) return
  rmSync(pathBytes(fileOf(name)))
  for (const folder of foldersFor(name).slice(0, foldersMade(text))) {
    try {
      rmdirSync(pathBytes(folder))
    } catch {
      // Not empty.
      return
    }
  }
}

/** Removes the files of namespaces that no longer exist: their process was killed. */
export function collectResolvConfs(): void {
  const existing = Netns.list()
  for (const name of exists(ETC_NETNS) ? namesIn(ETC_NETNS) : []) {
    try {
      if (!existing.includes(name)) removeResolvConf(name)
    } catch {
      // Not a folder, or not one of this user: nothing that an uplink wrote.
    }
  }
}

/* The first line: the mark, a checksum of what follows, and how many folders were made. */
const FIRST_LINE = new RegExp(`^${MARK} ([0-9a-f]{8}), folders made: ([012])$`)

function render(nameservers: readonly string[], foldersMade: number): string {
  const body = nameservers.map((address) => `nameserver ${address}\n`).join('')
  return `${MARK} ${checksum(body)}, folders made: ${foldersMade}\n${body}`
}

/** The text of the file if it was written here, and not changed since. */
function ownText(name: string): string | undefined {
  const file = fileOf(name)
  if (!lstatIfPresent(file)?.isFile()) return undefined
  const text = readIfPresent(file)
  const end = text?.indexOf('\n') ?? -1
  if (text === undefined || end < 0) return undefined
  return FIRST_LINE.exec(text.slice(0, end))?.[1] === checksum(text.slice(end + 1)) ? text : undefined
}

const foldersMade = (text: string) => Number(FIRST_LINE.exec(text.slice(0, text.indexOf('\n')))?.[2])

/** FNV-1a, 32 bits: tells a file that somebody has edited. */
function checksum(text: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0
  return hash.toString(16).padStart(8, '0')
}

/** The folders of a file, the innermost first. */
const foldersFor = (name: string) => [folderOf(name), ETC_NETNS]

/** Makes the folders of a file. Returns how many did not exist. */
function makeFolders(name: string): number {
  const missing = foldersFor(name).filter((folder) => !exists(folder)).length
  mkdirSync(pathBytes(folderOf(name)), { recursive: true, mode: 0o755 })
  return missing
}

const exists = (path: string) => lstatIfPresent(path) !== undefined

function lstatIfPresent(path: string) {
  return lstatSync(pathBytes(path), { throwIfNoEntry: false })
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(pathBytes(path), 'utf8')
  } catch {
    return undefined
  }
}
