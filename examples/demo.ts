/**
 * The walk-through: from an empty network namespace to a bridge, then an uplink through NAT, with a line for each
 * step.
 *
 * Shows: namespaces, the loopback link, echoes, a veth pair across namespaces, addresses, routes, a bridge, the
 * firewall, a server inside, an uplink in one call, a program without a network; and how to clean up after success,
 * failure and signals.
 *
 * Run it as root: `npm run demo`. With `npm run demo -- --pause 500` there is time to look from a second terminal
 * (`ip netns`, `ip link`).
 */
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import {
  connectUplink,
  echo,
  formatRuleset,
  isolate,
  isSystemError,
  Netns,
  Nftables,
  NftablesMissingError,
  RtNetlink,
} from 'rtnetlink'

const { values } = parseArgs({ options: { pause: { type: 'string', default: '0' } } })
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.abort(new Error(`stopped by ${signal}`)))
}

/** Steps that remove what was created. They run in reverse order. */
const undo: (() => unknown)[] = []

async function say(line: string): Promise<void> {
  console.log(`  ${line}`)
  await sleep(Number(values.pause), undefined, { signal: interrupted.signal }).catch(() => {})
  interrupted.signal.throwIfAborted()
}

/** The outcome of an echo, as text. */
async function tryEcho(address: string, from?: Netns): Promise<string> {
  try {
    const { time } = await echo(address, { netns: from, timeout: 5000 })
    return `answered in ${time.toFixed(3)} ms`
  } catch (error) {
    return failureText(error)
  }
}

function failureText(error: unknown): string {
  const { code, message } = error as { code?: string; message: string }
  return code === 'ENETUNREACH' ? 'network is unreachable' : `failed: ${message}`
}

/** The first of name0, name1, … that is not taken on this machine. */
function free(stem: string, taken: readonly string[]): string {
  let number = 0
  while (taken.includes(`${stem}${number}`)) number++
  return `${stem}${number}`
}

/** Creates a namespace with the first of the names netns1, netns2, … that is not taken. */
function createNetns(): { name: string; netns: Netns } {
  for (let number = 1; ; number++) {
    const name = `netns${number}`
    try {
      return { name, netns: Netns.create(name) }
    } catch (error) {
      if (!isSystemError(error, 'EEXIST')) throw error
    }
  }
}

/** The first three numbers of an IPv4 network that only a default route leads to. */
async function freeNetwork(host: RtNetlink): Promise<string> {
  for (let third = 1; third < 255; third++) {
    const route = await host.routes.get(`10.1.${third}.1`, { fibMatch: true }).catch(() => undefined)
    if (route === undefined || route.dst === 'default') return `10.1.${third}`
  }
  throw new Error('all of 10.1.0.0/16 is in use on this machine')
}

async function demo(): Promise<void> {
  const host = await RtNetlink.open()
  undo.push(() => host.close())
  const network = await freeNetwork(host)
  const linkNames = (await host.links.list()).map((link) => link.name)
  const outer = free('veth', linkNames)
  const inner = free('veth', [...linkNames, outer])
  const bridge = free('br', linkNames)

  console.log(`A network namespace, in process (Linux, Node ${process.version}, pid ${process.pid}):`)

  const { name, netns } = createNetns()
  undo.push(() => Netns.delete(name))
  undo.push(() => netns.close())
  await say(`${name} was created; \`ip netns\` now lists: ${Netns.list().join(', ')}`)

  const inside = await RtNetlink.open({ netns })
  undo.push(() => inside.close())
  const [lo] = await inside.links.list()
  await say(`inside is one link: ${lo?.name}, mtu ${lo?.mtu}, ${lo?.up ? 'UP' : 'DOWN'}`)
  await say(`echo 127.0.0.1 inside: ${await tryEcho('127.0.0.1', netns)}`)
  await inside.links.set('lo', { up: true })
  await say('lo was set up')
  await say(`echo 127.0.0.1 inside: ${await tryEcho('127.0.0.1', netns)}`)
  await say(`echo ::1 inside: ${await tryEcho('::1', netns)}`)

  await host.links.add({ kind: 'veth', name: outer, peer: { name: inner, netns } })
  undo.push(() => host.links.delete(outer))
  await say(`a veth pair, created in one request: ${outer} outside, ${inner} inside ${name}`)
  await inside.addresses.add({ link: inner, address: `${network}.1/24` })
  await inside.links.set(inner, { up: true })
  await say(`${inner} inside has ${network}.1/24 and is up`)
  await host.addresses.add({ link: outer, address: `${network}.2/24` })
  await host.links.set(outer, { up: true })
  await say(`${outer} outside has ${network}.2/24 and is up`)
  await say(`echo ${network}.1 from outside: ${await tryEcho(`${network}.1`)}`)
  await say(`echo ${network}.2 from inside: ${await tryEcho(`${network}.2`, netns)}`)

  await say('the routing table inside:')
  for await (const route of inside.routes.dump({ family: 'inet', table: 'main' })) {
    await say(`  ${route.dst} dev ${inner} scope ${route.scope} src ${route.prefsrc}`)
  }
  await say(`echo 192.0.2.1 from inside, without a route to it: ${await tryEcho('192.0.2.1', netns)}`)

  await host.links.add({ kind: 'bridge', name: bridge, up: true })
  undo.push(() => host.links.delete(bridge))
  await host.addresses.flush({ link: outer })
  await host.links.set(outer, { master: bridge })
  await host.addresses.add({ link: bridge, address: `${network}.2/24` })
  await say(`a bridge, ${bridge}, has ${outer} as a port and took over its address`)
  const port = await host.links.get(outer)
  await say(
    `the state of port ${outer}: ${port.slave?.kind === 'bridge' ? port.slave.data?.state : 'not a port'}`,
  )
  await say(`echo ${network}.2 from inside, through the bridge: ${await tryEcho(`${network}.2`, netns)}`)
  await inside.routes.add({ dst: 'default', gateway: `${network}.2` })
  const route = await inside.routes.get('192.0.2.1')
  await say(`a default route inside: 192.0.2.1 is now routed via ${route.gateway}`)
  try {
    await uplinkAndFirewall(host, netns)
  } catch (error) {
    if (!(error instanceof NftablesMissingError)) throw error
    await say('this kernel has no nf_tables: skipping the firewall and the uplink')
  }
  await isolatedProgram()
}

/** Lists the firewall of a namespace, then connects a guest to a web server in a third one. */
async function uplinkAndFirewall(host: RtNetlink, netns: Netns): Promise<void> {
  const nft = await Nftables.open({ netns })
  undo.push(() => nft.close())
  await say(`the firewall inside: ${formatRuleset(await nft.ruleset()) || 'no rules'}`)

  const internet = Netns.create()
  undo.push(() => internet.close())
  const guest = Netns.create()
  undo.push(() => guest.close())
  const network = await freeNetwork(host)
  const taken = (await host.links.list()).map((link) => link.name)
  const wan = free('wan', taken)
  const atInternet = await RtNetlink.open({ netns: internet })
  undo.push(() => atInternet.close())
  await host.links.add({ kind: 'veth', name: wan, up: true, peer: { name: 'eth0', netns: internet } })
  undo.push(() => host.links.delete(wan))
  await host.addresses.add({ link: wan, address: `${network}.1/24` })
  await atInternet.addresses.add({ link: 'eth0', address: `${network}.2/24` })
  await atInternet.links.set('eth0', { up: true })
  const server = await internet.listen(
    createServer((request, response) => response.end(`you are ${request.socket.remoteAddress}`)),
    { host: `${network}.2`, port: 80 },
  )
  undo.push(() => server.close())
  await say(`a namespace behind ${wan} plays the internet, with a web server at ${network}.2`)
  await say(`a request from a guest namespace: ${await fetchFrom(guest, `${network}.2`)}`)
  const uplink = await connectUplink(guest)
  undo.push(() => uplink.disconnect())
  await say(
    `an uplink for the guest, in one call: ${uplink.address}, through ${uplink.gateway}, forwarded, masqueraded`,
  )
  await say(`the same request, answered by the web server: ${await fetchFrom(guest, `${network}.2`)}`)
  await uplink.disconnect()
  await say(`after disconnecting the uplink: ${await fetchFrom(guest, `${network}.2`)}`)
}

/** The response of a web server to a request from inside a namespace, as text. */
async function fetchFrom(netns: Netns, host: string): Promise<string> {
  try {
    const socket = await netns.connect({ host, port: 80, signal: AbortSignal.timeout(5000) })
    socket.write('GET / HTTP/1.0\r\n\r\n')
    return (await text(socket)).split('\r\n\r\n')[1] ?? 'nothing'
  } catch (error) {
    return failureText(error)
  }
}

/** Runs a program without a network. */
async function isolatedProgram(): Promise<void> {
  const countLinks = `console.log(Object.keys(require('os').networkInterfaces()).length + ' links')`
  const child = await isolate(process.execPath, ['-e', countLinks])
  await say(`an isolated program sees: ${(await text(child.stdout)).trim()}`)
}

async function cleanUp(): Promise<boolean> {
  let clean = true
  for (const step of undo.reverse()) {
    try {
      await step()
    } catch (error) {
      // Deleting one end of a pair deletes the other.
      if ((error as { code?: string }).code === 'ENODEV') continue
      clean = false
      console.error(`  left behind: ${(error as Error).message}`)
    }
  }
  return clean
}

try {
  await demo()
} catch (error) {
  process.exitCode = interrupted.signal.aborted ? 130 : 1
  const { code, message } = error as { code?: string; message: string }
  console.error(
    code === 'EPERM' || code === 'EACCES'
      ? `This needs root (sudo npm run demo), or a sandbox: unshare -Urnm sh -c 'mount -t tmpfs none /run && npm run demo'`
      : `  ${message}`,
  )
}
if (undo.length > 1) {
  const clean = await cleanUp()
  if (clean) console.log('  everything was removed: links, addresses, routes, rules, namespaces and names')
  else process.exitCode = 1
} else await cleanUp()
