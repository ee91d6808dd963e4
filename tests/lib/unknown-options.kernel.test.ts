import {
  ArgumentError,
  connectUplink,
  disconnectUplink,
  echo,
  isolate,
  Netns,
  Nftables,
  RtNetlink,
} from '../../lib/index.js'
import { kernelTest } from '../helpers/needs.js'

/** Calls with a misspelt option, and the option that is meant. */
const CALLS: readonly [name: string, meant: string, call: (netns: Netns) => unknown][] = [
  ['RtNetlink.open', 'netns', () => RtNetlink.open({ nets: 'x' } as never)],
  ['Nftables.open', 'timeout', () => Nftables.open({ timeuot: 5 } as never)],
  ['Netns.monitor', 'signal', () => Netns.monitor({ signl: undefined } as never)],
  ['spawn', 'mounts', (netns) => netns.spawn('true', [], { mount: true } as never)],
  ['spawn without arguments', 'cwd', (netns) => netns.spawn('true', { cvd: '/' } as never)],
  ['exec', 'timeout', (netns) => netns.exec('true', [], { timout: 5 } as never)],
  ['worker', 'workerData', (netns) => netns.worker('./x.js', { workerdata: 1 } as never)],
  ['listen', 'port', (netns) => netns.listen(undefined as never, { prot: 80 } as never)],
  ['connect', 'localPort', (netns) => netns.connect({ host: '::1', port: 1, localport: 2 } as never)],
  ['udp', 'host', (netns) => netns.udp({ hots: '::' } as never)],
  ['echo', 'timeout', () => echo('127.0.0.1', { timeOut: 5 } as never)],
  ['isolate', 'loopback', () => isolate('true', [], { lopback: true } as never)],
  ['connectUplink', 'nameservers', (netns) => connectUplink(netns, { nameserver: [] } as never)],
  ['disconnectUplink', 'via', (netns) => disconnectUplink(netns, { viaa: 'x' } as never)],
]

for (const [name, meant, call] of CALLS) {
  kernelTest(`${name} refuses an unknown option and suggests ${meant}`, async (t) => {
    using netns = Netns.create()
    await t.throwsAsync(async () => await call(netns), {
      instanceOf: ArgumentError,
      message: new RegExp(`^\\w+ has no option "\\w+"; did you mean "${meant}"\\? Known: `),
    })
  })
}
