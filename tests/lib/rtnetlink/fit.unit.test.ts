import test from 'ava'
import { ArgumentError, type RtNetlink } from '../../../lib/index.js'
import { recording } from '../../helpers/requests.js'

/** What the kernel would drop in silence: the call, and the argument that the refusal names. */
const REFUSED: readonly [title: string, argument: string, call: (net: RtNetlink) => Promise<unknown>][] = [
  [
    'an IPv4 route with a source prefix',
    'src',
    ({ routes }) => routes.add({ dst: '10.5.0.0/16', oif: 2, src: '10.0.0.7' }),
  ],
  [
    'the same, replaced',
    'src',
    ({ routes }) => routes.replace({ dst: '10.5.0.0/16', oif: 2, src: '10.0.0.7' }),
  ],
  ['the same, deleted', 'src', ({ routes }) => routes.delete({ dst: '10.5.0.0/16', src: '10.0.0.7' })],
  [
    'the same of no bits',
    'src',
    ({ routes }) => routes.add({ dst: '10.5.0.0/16', oif: 2, src: '0.0.0.0/0' }),
  ],
  [
    'an IPv4 route that expires',
    'expires',
    ({ routes }) => routes.add({ dst: '10.5.0.0/16', oif: 2, expires: 5 }),
  ],
  [
    'an IPv4 route with a preference',
    'pref',
    ({ routes }) => routes.add({ dst: '10.5.0.0/16', oif: 2, pref: 'high' }),
  ],
  [
    'an IP route with labels',
    'newdst',
    ({ routes }) => routes.add({ dst: '10.5.0.0/16', oif: 2, newdst: '100' }),
  ],
  [
    'an IPv6 route with realms',
    'flow',
    ({ routes }) => routes.add({ dst: '2001:db8::/32', oif: 2, flow: 1 }),
  ],
  [
    'an IPv6 route with a scope',
    'scope',
    ({ routes }) => routes.add({ dst: '2001:db8::/32', oif: 2, scope: 'link' }),
  ],
  [
    'an IPv6 route through IPv4',
    'gateway',
    ({ routes }) => routes.add({ dst: '2001:db8::/32', gateway: '10.0.0.1' }),
  ],
  [
    'an IPv6 hop through IPv4',
    'multipath.0.gateway',
    ({ routes }) => routes.add({ dst: '2001:db8::/32', multipath: [{ gateway: '10.0.0.1' }] }),
  ],
  [
    'an IPv6 hop with realms',
    'multipath.0.flow',
    ({ routes }) => routes.add({ dst: '2001:db8::/32', multipath: [{ oif: 2, flow: 1 }] }),
  ],
  [
    'a route with a mark',
    'mark',
    ({ routes }) => routes.add({ dst: '10.5.0.0/16', oif: 2, mark: 1 } as never),
  ],
  [
    'a route with an incoming link',
    'iif',
    ({ routes }) => routes.add({ dst: '10.5.0.0/16', oif: 2, iif: 3 } as never),
  ],
  [
    'a route of another family than its destination',
    'family',
    ({ routes }) => routes.add({ dst: '10.5.0.0/16', oif: 2, family: 'inet6' }),
  ],
  ['an IPv6 rule with realms', 'flow', ({ rules }) => rules.add({ family: 'inet6', flow: 1 })],
  ['an IPv4 rule with a flow label', 'flowlabel', ({ rules }) => rules.add({ flowlabel: 1 })],
  [
    'an IPv4 address without duplicate detection',
    'flags',
    ({ addresses }) => addresses.add({ link: 2, address: '10.0.0.1/8', flags: ['nodad'] }),
  ],
  [
    'an IPv6 address with a label',
    'label',
    ({ addresses }) => addresses.add({ link: 2, address: '2001:db8::1/64', label: 'd0:1' }),
  ],
  [
    'an IPv6 broadcast address',
    'broadcast',
    ({ addresses }) => addresses.add({ link: 2, address: '2001:db8::1/64', broadcast: '2001:db8::2' }),
  ],
  [
    'an IPv6 address of another scope',
    'scope',
    ({ addresses }) => addresses.add({ link: 2, address: '2001:db8::1/64', scope: 'link' }),
  ],
  [
    'an address of another family',
    'family',
    ({ addresses }) => addresses.add({ link: 2, address: '2001:db8::1/64', family: 'inet' } as never),
  ],
  [
    'an IPv4 route with an IPv6 source',
    'prefsrc',
    ({ routes }) => routes.add({ dst: '10.5.0.0/16', oif: 2, prefsrc: '::1' }),
  ],
  [
    'an IPv6 route with an IPv4 source',
    'prefsrc',
    ({ routes }) => routes.add({ dst: '2001:db8::/32', oif: 2, prefsrc: '10.0.0.1' }),
  ],
  [
    'an MPLS route with a source prefix',
    'src',
    ({ routes }) => routes.add({ family: 'mpls', dst: '100', oif: 2, src: '10.0.0.0/8' }),
  ],
  [
    'an IPv6 broadcast address of an IPv4 prefix',
    'broadcast',
    ({ addresses }) => addresses.add({ link: 2, address: '10.0.0.1/8', broadcast: '::1' }),
  ],
  [
    'a proxied address with a link-layer address',
    'lladdr',
    ({ neighbours }) =>
      neighbours.add({ link: 2, dst: '10.0.0.1', flags: ['proxy'], lladdr: '02:00:00:00:00:01' }),
  ],
  [
    'a proxied address with a state',
    'state',
    ({ neighbours }) => neighbours.add({ link: 2, dst: '10.0.0.1', flags: ['proxy'], state: 'stale' }),
  ],
  [
    'a neighbour with flags of bridges',
    'flags',
    ({ neighbours }) => neighbours.add({ link: 2, dst: '10.0.0.1', flags: ['sticky'] }),
  ],
  [
    'a neighbour with extended flags of bridges',
    'flagsExt',
    ({ neighbours }) => neighbours.add({ link: 2, dst: '10.0.0.1', flagsExt: ['locked'] }),
  ],
]

for (const [title, argument, call] of REFUSED) {
  test(`refused, as the kernel would drop it: ${title}`, async (t) => {
    const { net } = recording()
    const error = await t.throwsAsync(async () => call(net), { instanceOf: ArgumentError })
    t.is(error?.argument, argument)
  })
}

test('the refusal of an IPv4 source names prefsrc', async (t) => {
  const { net } = recording()
  await t.throwsAsync(async () => net.routes.add({ dst: '10.5.0.0/16', oif: 2, src: '10.0.0.7' }), {
    message: /^src must be left out: .*prefsrc.* got "10.0.0.7"/,
  })
})

/** Rules to be deleted that the first rule matches, the one of table `local`. */
const NOTHING = [
  {},
  { family: 'inet' },
  { family: 'inet6', flags: ['invert'] },
  { priority: undefined },
  { table: 'unspec' },
  { table: 0, tos: 0, fwmark: 0, l3mdev: 0, ipProto: 0, tunId: 0n },
  { action: 'toTbl' },
  { action: 1, protocol: 'kernel' },
  { src: '0.0.0.0/0' },
  { dst: '::/0' },
  { suppressPrefixlen: -1, suppressIfgroup: -1 },
] as const

for (const spec of NOTHING) {
  test(`a rule that selects nothing is not deleted: ${Object.keys(spec)} ${Object.values(spec)}`, async (t) => {
    const { net } = recording()
    await t.throwsAsync(async () => net.rules.delete(spec), {
      instanceOf: ArgumentError,
      message: /^spec must be a rule/,
    })
  })
}

test('rules that are named are deleted, rule 0 and table local included', (t) => {
  const { net, requests } = recording()
  for (const spec of [
    { priority: 0 },
    { table: 'local' },
    { table: 255 },
    { goto: 5 },
    { protocol: 'static' },
  ] as const) {
    net.rules.delete(spec)
  }
  t.is(requests.length, 5)
})

test('flags that report a state are not sent', (t) => {
  const { net, requests } = recording()
  const last = () => (requests.at(-1)?.value ?? {}) as { flags?: unknown; multipath?: { flags: unknown }[] }
  const flagsOf = () => last().flags
  net.rules.add({ priority: 5, flags: ['invert', 'permanent', 'unresolved', 'iifDetached', 'oifDetached'] })
  t.deepEqual(flagsOf(), [2])
  net.rules.add({ priority: 5, flags: [2, 4, 8] })
  t.deepEqual(flagsOf(), [2])
  net.routes.add({
    dst: '10.0.0.0/8',
    oif: 2,
    flags: ['onlink', 'linkdown', 'dead', 'rtOffload', 'offload', 'trap'],
  })
  t.deepEqual(flagsOf(), [4])
  net.routes.add({ dst: '10.0.0.0/8', multipath: [{ oif: 2, flags: ['linkdown'] }] })
  t.deepEqual(last().multipath?.[0]?.flags, [0])
  net.addresses.add({
    link: 2,
    address: '10.0.0.1/8',
    flags: ['noprefixroute', 'permanent', 'secondary', 'tentative'],
  })
  t.deepEqual(flagsOf(), [0x200])
  net.addresses.add({
    link: 2,
    address: '::2/64',
    flags: ['nodad', 'deprecated', 'dadfailed', 'stablePrivacy'],
  })
  t.deepEqual(flagsOf(), [2])
  net.neighbours.add({ link: 2, dst: '10.0.0.2', flags: ['router', 'offloaded'] })
  t.deepEqual(flagsOf(), [0x80])
})
