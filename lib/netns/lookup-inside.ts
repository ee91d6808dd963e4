/**
 * Preloaded in the workers of `netns.worker`. Node looks host names up in the threads of its pool, which are outside: here
 * the worker itself asks, from inside, the namespace's own name servers, after its own hosts file. The name of the namespace
 * is in this module's URL.
 */
import dns, { type LookupAddress, type LookupOptions } from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { isIP } from 'node:net'
import { promisify } from 'node:util'
import { hostsIn, nameserversIn, readEtc } from './etc.js'

type Callback = (
  error: NodeJS.ErrnoException | null,
  address?: string | LookupAddress[],
  family?: number,
) => void

const name = new URL(import.meta.url).searchParams.get('name') ?? undefined
const servers = nameserversIn(readEtc(name, 'resolv.conf'))
const hosts = hostsIn(readEtc(name, 'hosts'))
const LOOPBACK = ['127.0.0.1', '::1']

if (servers.length > 0) dns.setServers(servers)

async function addressesOf(hostname: string, family: number): Promise<LookupAddress[]> {
  const local = hosts.get(hostname.toLowerCase()) ?? (hostname === 'localhost' ? LOOPBACK : undefined)
  const known = isIP(hostname) ? [hostname] : local
  const found = known ?? (await ask(hostname, family))
  const addresses = found.map((address) => ({ address, family: isIP(address) }))
  const wanted = addresses.filter((one) => family === 0 || one.family === family)
  if (wanted.length > 0) return wanted
  const error: NodeJS.ErrnoException = new Error(`getaddrinfo ENOTFOUND ${hostname}`)
  error.code = 'ENOTFOUND'
  throw error
}

/** Asks for both families, and is content with one. */
async function ask(hostname: string, family: number): Promise<string[]> {
  const asked = [
    ...(family === 6 ? [] : [dns.promises.resolve4(hostname)]),
    ...(family === 4 ? [] : [dns.promises.resolve6(hostname)]),
  ]
  const answers = await Promise.allSettled(asked)
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  const [first] = answers
  if (found.length === 0 && first?.status === 'rejected') throw first.reason
  return found
}

const FAMILIES: Readonly<Record<string, number>> = { IPv4: 4, IPv6: 6 }

/** As `dns.promises.lookup`, which is also what `promisify(dns.lookup)` gives. */
async function lookupPromise(hostname: string, options: LookupOptions | number = {}) {
  const { family = 0, all = false } = typeof options === 'number' ? { family: options } : options
  const addresses = await addressesOf(hostname, typeof family === 'number' ? family : (FAMILIES[family] ?? 0))
  return all ? addresses : addresses[0]
}

/** As `dns.lookup`, which sockets ask. */
function lookup(hostname: string, given: LookupOptions | number | Callback, then?: Callback): void {
  const [options, callback] = typeof given === 'function' ? [{}, given] : [given, then as Callback]
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
