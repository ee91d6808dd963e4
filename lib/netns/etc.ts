import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeUtf8 } from '../../protocol/codec/utf8.js'

/** Holds a directory for each named namespace, whose files replace those of /etc. ip-netns(8) */
export const ETC_NETNS = '/etc/netns'

/** The text of a file of /etc as a namespace of this name sees it; empty if the file does not exist. */
export function readEtc(name: string | undefined, file: string): string {
  for (const folder of name === undefined ? ['/etc'] : [join(ETC_NETNS, name), '/etc']) {
    try {
      // Not `pathBytes`: each worker thread loads this module, and little else.
      const path = encodeUtf8(join(folder, file))
      if (path !== undefined) return readFileSync(Buffer.from(path), 'utf8')
    } catch {
      // Missing or unreadable: try the next folder.
    }
  }
  return ''
}

/** The name servers listed in the text of a resolv.conf(5). */
export function parseNameservers(text: string): string[] {
  return text.split('\n').flatMap((line) => /^nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
}

/** The addresses of each lower-case name in the text of a hosts(5). */
export function parseHosts(text: string): Map<string, string[]> {
  const hosts = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (!address) continue
    for (const name of names)
      hosts.set(name.toLowerCase(), [...(hosts.get(name.toLowerCase()) ?? []), address])
  }
  return hosts
}
