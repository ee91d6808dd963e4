/**
 * Preloaded into the workers of `netns.worker`: replaces `dns.lookup`. Node calls getaddrinfo(3) in a thread of its
 * pool, which is outside the namespace. Here the hosts file of the namespace is read, then its name servers are
 * queried from the worker's own thread. The name of the namespace is a parameter of this module's URL.
 */
import dns, { type LookupAddress, type LookupOptions } from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { isIP } from 'node:net'
import { promisify } from 'node:util'
import { parseHosts, parseNameservers, readEtc } from './etc.js'

type Callback = (
  error: NodeJS.ErrnoException | null,
  address?: string | LookupAddress[],
  family?: number,
) => void

// In JSON, which escapes lone surrogates; a URL cannot have them.
const name: string | undefined =
  JSON.parse(new URL(import.meta.url).searchParams.get('name') ?? 'null') ?? undefined
const servers = parseNameservers(readEtc(name, 'resolv.conf'))
const hosts = parseHosts(readEtc(name, 'hosts'))
const LOOPBACK = ['127.0.0.1', '::1']

if (servers.length > 0) dns.setServers(servers)

async function addressesOf(hostname: string, family: number): Promise<LookupAddress[]> {
  const local = hosts.get(hostname.toLowerCase()) ?? (hostname === 'localhost' ? LOOPBACK : undefined)
  const known = isIP(hostname) ? [hostname] : local
  const found = known ?? (await resolve(hostname, family))
  const addresses = found.map((address) => ({ address, family: isIP(address) }))
  const matching = addresses.filter((entry) => family === 0 || entry.family === family)
  if (matching.length > 0) return matching
  const error: NodeJS.ErrnoException = new Error(`getaddrinfo ENOTFOUND ${hostname}`)
  error.code = 'ENOTFOUND'
  throw error
}

/** Queries A and AAAA records, unless one family is requested. It is enough that one of the two queries succeeds. */
async function resolve(hostname: string, family: number): Promise<string[]> {
  const queries = [
    ...(family === 6 ? [] : [dns.promises.resolve4(hostname)]),
    ...(family === 4 ? [] : [dns.promises.resolve6(hostname)]),
  ]
  const answers = await Promise.allSettled(queries)
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  const [first] = answers
  if (found.length === 0 && first?.status === 'rejected') throw first.reason
  return found
}

const FAMILIES: Readonly<Record<string, number>> = { IPv4: 4, IPv6: 6 }

/** Replaces `dns.promises.lookup`, and `promisify(dns.lookup)`. */
async function lookupPromise(hostname: string, options: LookupOptions | number = {}) {
  const { family = 0, all = false } = typeof options === 'number' ? { family: options } : options
  const addresses = await addressesOf(hostname, typeof family === 'number' ? family : (FAMILIES[family] ?? 0))
  return all ? addresses : addresses[0]
}

/** Replaces `dns.lookup`, which sockets call. */
function lookup(hostname: string, given: LookupOptions | number | Callback, last?: Callback): void {
  const [options, callback] = typeof given === 'function' ? [{}, given] : [given, last as Callback]
  lookupPromise(hostname, options).then(
    (found) => {
      if (Array.isArray(found)) callback(null, found)
      else callback(null, found?.address, found?.family)
    },
    (error) => callback(error),
  )
}

dns.lookup = Object.assign(lookup, {
  [promisify.custom]: lookupPromise,
  __promisify__: lookupPromise,
}) as never
dns.promises.lookup = lookupPromise as never
syncBuiltinESMExports()
