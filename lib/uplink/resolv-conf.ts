import {
  chmodSync,
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
import { toSystemError } from '../node-error.js'
import { namesIn, pathBytes } from '../path.js'
import { splitZone } from '../zoned-address.js'
import { overlap, subnetOf } from './subnet.js'
import type { NameserversWarning } from './warnings.js'

/** The beginning of files that were written here; others are never changed. */
const MARK = '# written by rtnetlink connectUplink'
/** The servers that systemd-resolved uses itself, where /etc/resolv.conf has only its stub. systemd-resolved(8) */
const RESOLVED = '/run/systemd/resolve/resolv.conf'
const STUBS: readonly string[] = ['127.0.0.53', '127.0.0.54']
const FILE_MODE = 0o644
const FOLDER_MODE = 0o755

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

/** Addresses at which another namespace reaches no name server: RFC 6890, RFC 4291 */
const UNREACHABLE = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '224.0.0.0/4',
  '255.255.255.255/32',
  '::/127',
  'fe80::/10',
  'ff00::/8',
]
/** ::ffff:0:0/96, the IPv4 addresses of IPv6 sockets, which a name server is reached at by IPv4. RFC 4291 2.5.5.2 */
const MAPPED = subnetOf('::ffff:0:0/96')

/**
 * Whether other namespaces can reach a name server: not at a loopback, unspecified or multicast address, and not at a
 * link-local IPv6 address, which is valid on one link of the router only.
 */
function isReachable(address: string): boolean {
  if (address.includes('%')) return false
  const host = subnetOf(`${address}/${familyOfServer(address) === 'inet' ? 32 : 128}`)
  const bare = overlap(host, MAPPED)
    ? { family: 'inet' as const, network: host.network & 0xffff_ffffn, length: 32 }
    : host
  return !UNREACHABLE.some((prefix) => overlap(subnetOf(prefix), bare))
}

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
 */
export function writeResolvConf(
  name: string,
  nameservers: readonly string[],
  owner: Owner,
): NameserversWarning | undefined {
  const file = fileOf(name)
  try {
    return write(name, nameservers, owner)
  } catch (error) {
    // The uplink works all the same, as it does for programs of a namespace without a name.
    const { message: reason } = toSystemError(error, file) as Error
    const message = `${file} cannot be written, so that programs inside use the machine’s own name servers: ${reason}`
    return { kind: 'nameservers', reason: 'unwritable', message }
  }
}

function write(name: string, nameservers: readonly string[], owner: Owner): NameserversWarning | undefined {
  const file = fileOf(name)
  const existing = ownFile(name)
  if (existing === undefined && exists(file)) {
    const message = `${file} was not written by an uplink, and is kept: programs inside use its name servers`
    return { kind: 'nameservers', reason: 'kept', message }
  }
  if (nameservers.length === 0) return undefined
  const made = existing === undefined ? makeFolders(name) : existing.foldersMade
  const text = render(nameservers, made, owner)
  if (existing?.text === text) return undefined
  const temporary = pathBytes(temporaryOf(name))
  try {
    rmSync(temporary, { force: true })
    writeFileSync(temporary, text, { flag: 'wx' })
    // Programs of every user read it, whatever this process's umask is.
    chmodSync(temporary, FILE_MODE)
    // link(2) does not replace what another program may have put there meanwhile.
    if (existing === undefined) linkSync(temporary, pathBytes(file))
    else renameSync(temporary, pathBytes(file))
  } catch (error) {
    if (existing === undefined) removeFolders(name, made)
    throw error
  } finally {
    rmSync(temporary, { force: true })
  }
  return undefined
}

/**
 * Removes the file that {@link writeResolvConf} wrote, and the folders that it made if they are empty.
 * @param id the uplink that it must be of; by default, any
 * @throws {@link SystemError} when it cannot be removed
 */
export function removeResolvConf(name: string, id?: string): void {
  const own = ownFile(name)
  if (own === undefined || (id !== undefined && own.id !== id)) return
  try {
    rmSync(pathBytes(temporaryOf(name)), { force: true })
    rmSync(pathBytes(fileOf(name)), { force: true })
  } catch (error) {
    throw toSystemError(error, fileOf(name))
  }
  removeFolders(name, own.foldersMade)
}

function removeFolders(name: string, count: number): void {
  for (const folder of foldersFor(name).slice(0, count)) {
    try {
      rmdirSync(pathBytes(folder))
    } catch {
      // Not empty, or not made.
    }
  }
}

/**
 * Removes the files of a router's uplinks that are gone, because their process was killed or their namespace deleted.
 * Those of other routers are left alone: only the router's links tell which uplinks it has. An inode suffices to tell
 * routers apart, as one that has it again replaces a router that is gone.
 * @param living the identities of the router's uplinks
 */
export function collectResolvConfs(router: bigint, living: ReadonlySet<string>): void {
  for (const name of foldersOfNames()) {
    try {
      const own = ownFile(name)
      if (own !== undefined && own.router === router && !living.has(own.id)) removeResolvConf(name, own.id)
    } catch {
      // Not one of this user.
    }
  }
}

function foldersOfNames(): string[] {
  try {
    return namesIn(ETC_NETNS)
  } catch {
    // Missing, or not one of this user.
    return []
  }
}

/** The uplink that a file is written for. */
interface Owner {
  readonly id: string
  /** The inode of its router's namespace. */
  readonly router: bigint
}

interface OwnFile extends Owner {
  readonly text: string
  readonly foldersMade: number
}

/* The first line: the mark, a checksum of what follows, how many folders were made, and the uplink. */
const FIRST_LINE = new RegExp(
  `^${MARK} ([0-9a-f]{8}), folders made: ([012]), uplink ([0-9a-f]{16}) of ([0-9]{1,20})$`,
)

function render(nameservers: readonly string[], foldersMade: number, { id, router }: Owner): string {
  const body = nameservers.map((address) => `nameserver ${address}\n`).join('')
  return `${MARK} ${checksum(body)}, folders made: ${foldersMade}, uplink ${id} of ${router}\n${body}`
}

/** The file of a name if it was written here, and not changed since. */
function ownFile(name: string): OwnFile | undefined {
  const file = fileOf(name)
  if (!lstatIfPresent(file)?.isFile()) return undefined
  const text = readIfPresent(file)
  const end = text?.indexOf('\n') ?? -1
  if (text === undefined || end < 0) return undefined
  const [, sum, made, id = '', router = ''] = FIRST_LINE.exec(text.slice(0, end)) ?? []
  if (sum !== checksum(text.slice(end + 1))) return undefined
  return { text, foldersMade: Number(made), id, router: BigInt(router) }
}

/** FNV-1a, 32 bits: tells a file that somebody has edited. */
function checksum(text: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0
  return hash.toString(16).padStart(8, '0')
}

/** The folders of a file, the innermost first. */
const foldersFor = (name: string) => [folderOf(name), ETC_NETNS]

/** Makes the folders of a file, which every user may read. Returns how many did not exist. */
function makeFolders(name: string): number {
  const missing = foldersFor(name).filter((folder) => !exists(folder))
  try {
    for (const folder of missing.toReversed()) {
      mkdirSync(pathBytes(folder))
      chmodSync(pathBytes(folder), FOLDER_MODE)
    }
  } catch (error) {
    removeFolders(name, missing.length)
    throw error
  }
  return missing.length
}

const exists = (path: string) => lstatIfPresent(path) !== undefined

function lstatIfPresent(path: string) {
  try {
    return lstatSync(pathBytes(path), { throwIfNoEntry: false })
  } catch (error) {
    // A file has taken the place of a folder.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw error
  }
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(pathBytes(path), 'utf8')
  } catch {
    return undefined
  }
}
