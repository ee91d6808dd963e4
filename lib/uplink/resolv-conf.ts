import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ipVersion } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import { ETC_NETNS, nameserversIn, readEtc } from '../netns/etc.js'

const MARK = '# made by rtnetlink for the way out'
/** A name server of this machine itself is none for others. */
const LOOPBACK = /^(127\.|::1$)/

const folderOf = (name: string) => join(ETC_NETNS, name)
const fileOf = (name: string) => join(folderOf(name), 'resolv.conf')

/** The name servers of this machine that others can ask as well. resolv.conf(5) */
function ownNameservers(): string[] {
  return nameserversIn(readEtc(undefined, 'resolv.conf')).filter((address) => !LOOPBACK.test(address))
}

/** @throws ArgumentError */
export function checkNameservers(nameservers: readonly string[] | undefined): void {
  for (const address of nameservers ?? []) {
    if (typeof address !== 'string' || ipVersion(address) === undefined)
      throw new ArgumentError('nameservers', address, 'an IPv4 or IPv6 address')
  }
}

/** Gives the programs of a namespace name servers; a file that somebody else made stays as it is. ip-netns(8) */
export function writeResolvConf(name: string, nameservers: readonly string[] = ownNameservers()): void {
  const there = readIfThere(fileOf(name))
  if ((there !== undefined && !there.startsWith(MARK)) || nameservers.length === 0) return
  const lines = nameservers.map((address) => `nameserver ${address}\n`)
  const text = `${MARK}\n${lines.join('')}`
  if (there === text) return
  mkdirSync(folderOf(name), { recursive: true })
  writeFileSync(fileOf(name), text)
}

/** Takes away what `writeResolvConf` made, and folders that are empty then. */
export function removeResolvConf(name: string): void {
  if (!readIfThere(fileOf(name))?.startsWith(MARK)) return
  rmSync(fileOf(name))
  for (const folder of [folderOf(name), ETC_NETNS]) {
    try {
      rmdirSync(folder)
    } catch {
      // There is more in it.
      return
    }
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
