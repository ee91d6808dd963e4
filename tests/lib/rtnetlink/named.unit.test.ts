import test from 'ava'
import { ArgumentError, type RtNetlink } from '../../../lib/index.js'
import { Writer } from '../../../protocol/index.js'
import { recording } from '../../helpers/requests.js'

function sent(call: (net: RtNetlink) => unknown): string {
  const { net, requests } = recording()
  call(net)
  const out = new Writer()
  const request = requests.at(-1)
  request?.codec.encode(out, request.value as never, {})
  return Buffer.from(out.written()).toString('hex')
}

/** Pairs of the same request, with names and with numbers. */
const ALIKE: readonly [string, (net: RtNetlink) => unknown, (net: RtNetlink) => unknown][] = [
  [
    'a local route',
    ({ routes }) => routes.add({ dst: '10.0.0.1', type: 'local', oif: 1 }),
    ({ routes }) => routes.add({ dst: '10.0.0.1', type: 2, oif: 1 }),
  ],
  [
    'a broadcast route to delete',
    ({ routes }) => routes.delete({ dst: '10.0.0.1', type: 'broadcast' }),
    ({ routes }) => routes.delete({ dst: '10.0.0.1', type: 3 }),
  ],
  [
    'a blackhole',
    ({ routes }) =>
      routes.add({ dst: '10.0.0.1', type: 'blackhole', table: 'main', protocol: 'static', scope: 'global' }),
    ({ routes }) => routes.add({ dst: '10.0.0.1', type: 6, table: 254, protocol: 4, scope: 0 }),
  ],
  [
    'a route of a family',
    ({ routes }) => routes.add({ dst: 'default', family: 'inet6', oif: 1 }),
    ({ routes }) => routes.add({ dst: 'default', family: 10 as never, oif: 1 }),
  ],
  [
    'a rule that looks up',
    ({ rules }) => rules.add({ action: 'toTbl', priority: 5 }),
    ({ rules }) => rules.add({ action: 1, priority: 5 }),
  ],
  [
    'a rule that drops',
    ({ rules }) => rules.add({ action: 'blackhole', priority: 5 }),
    ({ rules }) => rules.add({ action: 6, priority: 5 }),
  ],
  [
    'a rule of a family',
    ({ rules }) => rules.add({ family: 'inet6', table: 'local', priority: 5 }),
    ({ rules }) => rules.add({ family: 10 as never, table: 255, priority: 5 }),
  ],
  [
    'an address with a scope',
    ({ addresses }) =>
      addresses.add({ link: 2, address: '10.0.0.1/8', scope: 'link', flags: ['noprefixroute'] }),
    ({ addresses }) => addresses.add({ link: 2, address: '10.0.0.1/8', scope: 253, flags: [0x200] }),
  ],
  [
    'a neighbour with a state',
    ({ neighbours }) => neighbours.add({ link: 2, dst: '10.0.0.1', state: 'stale', protocol: 'zebra' }),
    ({ neighbours }) => neighbours.add({ link: 2, dst: '10.0.0.1', state: 4, protocol: 11 }),
  ],
  [
    'a managed neighbour',
    ({ neighbours }) => neighbours.add({ link: 2, dst: '10.0.0.1', flagsExt: ['managed'] }),
    ({ neighbours }) => neighbours.add({ link: 2, dst: '10.0.0.1', flagsExt: [1] }),
  ],
  [
    'a proxied neighbour to delete',
    ({ neighbours }) => neighbours.delete({ link: 2, dst: '10.0.0.1', flags: ['proxy'] }),
    ({ neighbours }) => neighbours.delete({ link: 2, dst: '10.0.0.1', flags: [8] }),
  ],
]

for (const [title, byName, byNumber] of ALIKE) {
  test(`a name and its number are the same: ${title}`, (t) => {
    t.is(sent(byNumber), sent(byName))
  })
}

/** Switches that are no booleans. */
const SWITCHES: readonly [string, (net: RtNetlink) => unknown][] = [
  ['up', ({ links }) => links.set(2, { up: 1 as never })],
  ['up', ({ links }) => links.add({ kind: 'ifb', up: 'yes' as never })],
  ['promisc', ({ links }) => links.set(2, { promisc: null as never })],
  ['arp', ({ links }) => links.set(2, { arp: 0 as never })],
  ['peer.arp', ({ links }) => links.add({ kind: 'veth', peer: { arp: 'off' as never } })],
  ['options.fibMatch', ({ routes }) => routes.get('::1', { fibMatch: 1 as never })],
  ['options.stats', ({ links }) => links.get(2, { stats: 1 as never })],
]

for (const [argument, call] of SWITCHES) {
  test(`refused, as it is no boolean: ${call}`, async (t) => {
    const { net } = recording()
    await t.throwsAsync(async () => call(net), {
      instanceOf: ArgumentError,
      message: new RegExp(`^${argument} must be true or false, got `),
    })
  })
}
