import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where a namespace has files instead of those in /etc. ip-netns(8) */
export const ETC_NETNS = '/etc/netns'

/** A file of /etc as a namespace of this name has it; empty where there is none. */
export function readEtc(name: string | undefined, file: string): string {
  for (const folder of name === undefined ? ['/etc'] : [join(ETC_NETNS, name), '/etc']) {
    try {
      return readFileSync(join(folder, file), 'utf8')
    } catch {
      // Not there, or not to be read: the next one.
    }
  }
  return ''
}

/** The name servers of a resolv.conf(5). */
export function nameserversIn(text: string): string[] {
  return text.split('\n').flatMap((line) => /^nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
}

/** The addresses of each name in a hosts(5). */
export function hostsIn(text: string): Map<string, string[]> {
  const hosts = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (!address) continue
    for (const name of names)
      hosts.set(name.toLowerCase(), [...(hosts.get(name.toLowerCase()) ?? []), address])
  }
  return hosts
}
