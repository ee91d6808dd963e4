import { spawnSync } from 'node:child_process'
import {
  action,
  echo,
  match,
  type Netns,
  Nftables,
  type NftRule,
  type NftRulePart,
} from '../../../lib/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { joined } from '../../helpers/sandbox.js'
import { filter } from './firewall.js'

/** The packets of a rule's first counter. */
function counted(rule: NftRule | undefined): number {
  const counter = rule?.expressions.find(({ name }) => name === 'counter')
  return counter?.name === 'counter' && counter.data
    ? Number((counter.data as { packets?: bigint }).packets)
    : -1
}

/** One UDP packet to port 5555, one TCP segment (SYN) to port 80, which is answered by a reset, and one ping. */
async function send(from: Netns): Promise<void> {
  const shell = (script: string) => from.run(() => spawnSync('bash', ['-c', script], { timeout: 10_000 }))
  shell('echo -n 12345678 > /dev/udp/192.0.2.2/5555')
  shell('exec 3<> /dev/tcp/192.0.2.2/80')
  await echo('192.0.2.2', { netns: from, timeout: 5000 })
}

/** How many of the three packets each match lets through; `right` is the link that they come in by. */
const MATCHES: readonly (readonly [packets: number, part: NftRulePart, text: string])[] = [
  [3, match.ip.saddr('192.0.2.1'), 'an address'],
  [3, match.ip.saddr('192.0.2.0/28'), 'a prefix'],
  [0, match.ip.saddr('192.0.2.16/28'), 'another prefix'],
  [3, match.ip.saddr('192.0.2.0-192.0.2.1'), 'a range of addresses'],
  [3, match.ip.saddr('10.0.0.0/8', '192.0.2.1'), 'a set with a prefix'],
  [3, match.ip.saddr('0.0.0.0/0', '192.0.2.1'), 'all addresses'],
  [3, match.ip.saddr('128.0.0.0/1', '10.0.0.1'), 'a set up to the last address'],
  [0, match.ip.saddr('224.0.0.0/3', '10.0.0.1'), 'another set up to the last address'],
  [3, match.saddr('@nets'), 'a named set of intervals'],
  [0, match.not(match.saddr('@nets')), 'not in a named set'],
  [3, match.ip.daddr('192.0.2.2'), 'a destination'],
  [0, match.ip6.saddr('::/0'), 'IPv6'],
  [1, match.udp.dport(5555), 'a port of UDP'],
  [0, match.udp.dport(80), 'the port of TCP, of UDP'],
  [1, match.tcp.dport('79-81'), 'a range of ports'],
  [1, match.tcp.dport('<81'), 'ports below'],
  [1, match.tcp.dport('>=80'), 'ports from'],
  [0, match.tcp.dport('>80'), 'ports above'],
  [1, match.tcp.dport(22, '80-90'), 'a set of ports'],
  [1, match.tcp.dport('@ports'), 'a named set of ports'],
  [2, [match.l4proto('tcp', 'udp'), match.th.dport(80, 5555)], 'ports of either'],
  [1, match.dport('tcp', 80), 'dport'],
  [1, match.sport('udp', '1-65535'), 'sport'],
  [1, match.tcp.flags('syn'), 'a flag of TCP'],
  [1, match.tcp.flags('syn', 'ack'), 'either flag'],
  [0, match.tcp.flags('ack'), 'another flag'],
  [1, match.udp.length(16), 'the length of UDP'],
  [1, match.ip.protocol('udp'), 'the protocol'],
  [2, match.ip.protocol('udp', 'tcp'), 'protocols'],
  [3, match.ip.ttl('60-64'), 'the time to live'],
  [3, match.ip.version(4), 'a field of less than a byte'],
  [3, match.ip.hdrlength(5), 'the low bits of a byte'],
  [0, match.ip.dscp('cs1'), 'another DSCP'],
  [3, match.ip.dscp('cs0', 'cs1'), 'a set of DSCPs'],
  [1, match.icmp.type('echo-request'), 'a type of ICMP'],
  [1, match.icmpType('echo-reply', 'echo-request'), 'types of ICMP'],
  [0, match.icmpv6Type('echo-request'), 'ICMPv6'],
  [3, match.ether.saddr('02:00:00:00:00:0a'), 'a MAC address'],
  [3, match.ether.type('ip'), 'the type of a frame'],
  [3, match.iifname('right'), 'a name'],
  [3, match.iifname('ri*'), 'the beginning of a name'],
  [3, match.iifname('ri*', 'docker0'), 'a set with the beginning of a name'],
  [3, match.iifname('docker0', 'right'), 'a set of names'],
  [3, match.iifname('@names'), 'a named set of names'],
  [0, match.iifname('rig', 'x*'), 'a shorter name'],
  [0, match.iifname('ri\\*'), 'an asterisk in a name'],
  [0, match.oifname('right'), 'a link to leave by'],
  [3, match.pkttype('host'), 'packets for this host'],
  [3, match.nfproto('ipv4'), 'the network protocol'],
  [3, match.mark(0x15), 'a mark'],
  [3, match.mark('0x10/0xf0'), 'bits of a mark'],
  [0, match.mark(0x20, { mask: 0xf0 }), 'other bits of a mark'],
  [3, match.mark('0x10-0x1f'), 'a range of marks'],
  [3, match.mark('<256'), 'marks below'],
  [0, match.mark('0x16-0xffffffff'), 'marks above'],
  [3, match.mark('0x10-0x1f', 0x100), 'a set with a range of marks'],
  [3, match.mark(0x15, 0x100), 'a set of marks'],
  [3, match.mark('@marks'), 'a named set of marks'],
  [0, match.not(match.mark('0x10-0x1f')), 'not in a range of marks'],
  [3, match.ctMark(7), 'the mark of a connection'],
  [3, match.ct.mark('1-0xff'), 'a range of those'],
  [3, match.ctState('new', 'established'), 'states'],
  [0, match.ctState('invalid', 'untracked'), 'other states'],
  [3, match.not(match.ctStatus('dnat')), 'a status'],
  [3, match.ct.direction('original'), 'the direction'],
  [1, match.meta.len(36), 'the length of a packet'],
  [1, match.meta.len('29-36'), 'a range of lengths'],
  [1, match.concat(['ip saddr', 'tcp dport'], ['192.0.2.1', 80]), 'a concatenation'],
  [
    1,
    match.concat(['ip saddr', 'tcp dport'], ['192.0.2.0/24', '1-80'], ['10.0.0.1', 22]),
    'one of intervals',
  ],
  [3, match.concat(['meta mark', 'iifname'], ['0x10-0x1f', 'ri*']), 'one of a mark and a name'],
  [0, match.concat(['meta mark', 'iifname'], ['0x16-0xff', 'ri*']), 'one of another mark'],
  [1, match.concat(['ip saddr', 'tcp dport'], '@pairs'), 'a set of concatenations'],
  [3, match.concat(['meta mark', 'ip daddr'], '@markpairs'), 'a set of concatenated intervals'],
  [3, match.fib('daddr', 'type', 'local'), 'the type of an address'],
  [3, match.fib(['saddr', 'iif'], 'oif', 'exists'), 'an address behind its link'],
  [0, match.fib(['saddr', 'iif'], 'oif', 'missing'), 'an address that is not'],
  [3, match.fib('saddr', 'oifname', 'right'), 'the link of a route'],
  [0, match.socket('transparent', 1), 'no socket'],
]

kernelTest('each match lets through the packets that it describes', async (t) => {
  const { here, there } = await joined(t)
  await here.net.links.set('left', { address: '02:00:00:00:00:0a' })
  await using nft = await Nftables.open({ netns: there.netns })
  await nft.transaction((change) => {
    change.addTable({ family: 'inet', name: 'filter' })
    change.addSet({ ...filter, name: 'nets', type: 'ipv4_addr', interval: true, elements: ['192.0.2.0/24'] })
    change.addSet({ ...filter, name: 'ports', type: 'inet_service', elements: [80] })
    change.addSet({ ...filter, name: 'names', type: 'ifname', interval: true, elements: ['ri*', 'x'] })
    change.addSet({ ...filter, name: 'marks', type: 'mark', interval: true, elements: ['0x10-0x1f'] })
    change.addSet({
      ...filter,
      name: 'pairs',
      type: ['ipv4_addr', 'inet_service'],
      elements: [['192.0.2.1', 80]],
    })
    change.addSet({
      ...filter,
      name: 'markpairs',
      type: ['mark', 'ipv4_addr'],
      interval: true,
      elements: [['0x10-0x1f', '192.0.2.0/24']],
    })
    change.addChain({ ...filter, name: 'marks', hook: 'prerouting', priority: 'mangle' })
    const marks = [match.iifname('right'), action.setMark(0x15), action.setCtMark(7)]
    change.addRule({ ...filter, chain: 'marks', expressions: marks })
    change.addChain({ ...filter, name: 'in', hook: 'input' })
  })
  for (const [, part] of MATCHES) {
    // The ping that `joined` waits with, and other packets of the link, are not counted.
    const expressions = [match.l4proto('udp', 'tcp', 'icmp'), part, action.counter()]
    await nft.addRule({ ...filter, chain: 'in', expressions })
  }
  await send(here.netns)
  const rules = await nft.rules({ ...filter, chain: 'in' })
  for (const [i, [packets, , text]] of MATCHES.entries()) t.is(counted(rules[i]), packets, `${i}: ${text}`)
})

/** Rules for the chain `in`; what they did is seen by the rules of the chain `after`, in their order. */
const ACTIONS: readonly (readonly [
  text: string,
  actions: readonly NftRulePart[],
  after: readonly (readonly [packets: number, part: NftRulePart])[],
])[] = [
  ['accept', [action.accept()], [[1, []]]],
  ['drop', [action.drop()], [[0, []]]],
  ['continue', [action.continue()], [[1, []]]],
  ['return', [action.return()], [[1, []]]],
  ['jump', [action.jump('dropping')], [[0, []]]],
  ['goto', [action.goto('dropping')], [[0, []]]],
  ['reject', [action.reject()], [[0, []]]],
  ['a verdict map', [action.vmap('udp dport', [{ key: 5555, data: 'drop' }])], [[0, []]]],
  ['a verdict map without it', [action.vmap('udp dport', [{ key: '1-5554', data: 'drop' }])], [[1, []]]],
  [
    'a verdict map with a catch-all element',
    [
      action.vmap('udp dport', [
        { key: '*', data: 'drop' },
        { key: 1, data: 'accept' },
      ]),
    ],
    [[0, []]],
  ],
  ['a named verdict map', [action.vmap('meta mark', '@verdicts')], [[0, []]]],
  ['a limit', [action.limit({ rate: 1, per: 'day', burst: 1 }), action.drop()], [[0, []]]],
  [
    'a limit that is exceeded',
    [action.limit({ rate: 1, per: 'day', burst: 1, over: true }), action.drop()],
    [[1, []]],
  ],
  ['a quota', [action.quota({ bytes: 1 }), action.drop()], [[1, []]]],
  ['a quota that is used up', [action.quota({ bytes: 1, over: true }), action.drop()], [[0, []]]],
  ['a named quota', [action.quota('small'), action.drop()], [[0, []]]],
  ['a named limit', [action.limit('slow'), action.drop()], [[0, []]]],
  ['setMark', [action.setMark(0x1234)], [[1, match.mark(0x1234)]]],
  [
    'setMark by a map',
    [action.setMark({ key: 'udp dport', map: [{ key: 5555, data: 9 }] })],
    [[1, match.mark(9)]],
  ],
  ['setMark by a named map', [action.setMark({ key: 'ip saddr', map: '@ofaddress' })], [[1, match.mark(11)]]],
  ['setCtMark', [action.setCtMark(0x77)], [[1, match.ctMark(0x77)]]],
  [
    'saveMark',
    [action.setMark(3), action.saveMark(), action.setMark(4)],
    [[1, [match.mark(4), match.ctMark(3)]]],
  ],
  ['restoreMark', [action.setCtMark(6), action.restoreMark()], [[1, match.mark(6)]]],
  ['setMark from ct mark', [action.setCtMark(8), action.setMark('ct mark')], [[1, match.mark(8)]]],
  ['setPriority', [action.setPriority('1:2')], [[1, match.meta.priority('1:2')]]],
  ['setField ip ttl', [action.setField('ip ttl', 7)], [[1, match.ip.ttl(7)]]],
  ['setField ip dscp', [action.setField('ip dscp', 'af41')], [[1, [match.ip.dscp('af41'), match.ip.ecn(0)]]]],
  ['setField ip ecn', [action.setField('ip ecn', 'ce')], [[1, [match.ip.dscp('cs0'), match.ip.ecn('ce')]]]],
  ['setField udp dport', [action.setField('udp dport', 99)], [[1, match.udp.dport(99)]]],
  ['setField ip saddr', [action.setField('ip saddr', '192.0.2.9')], [[1, match.ip.saddr('192.0.2.9')]]],
  ['updateSet', [action.updateSet('@seen', 'ip saddr')], [[1, match.ip.saddr('@seen')]]],
  [
    'addToSet, of two fields',
    [action.addToSet('@pairs', ['ip saddr', 'udp dport'])],
    [[1, match.concat(['ip saddr', 'udp dport'], '@pairs')]],
  ],
  [
    'deleteFromSet',
    [action.addToSet('@seen', 'ip saddr'), action.deleteFromSet('@seen', 'ip saddr')],
    [[0, match.ip.saddr('@seen')]],
  ],
  [
    'a limit for each element',
    [action.addToSet('@metered', 'ip saddr', { limit: { rate: 1, per: 'day', burst: 1 } }), action.drop()],
    [[0, []]],
  ],
  [
    'a value for each element',
    [
      action.updateSet('@marksof', 'ip saddr', { data: 13 }),
      action.setMark({ key: 'ip saddr', map: '@marksof' }),
    ],
    [[1, match.mark(13)]],
  ],
  ['log, which goes on', [action.log({ group: 9 })], [[1, []]]],
]

for (const [text, actions, after] of ACTIONS) {
  kernelTest(`an action does to packets what it says: ${text}`, async (t) => {
    const { here, there } = await joined(t)
    await using nft = await Nftables.open({ netns: there.netns })
    await nft.transaction((change) => {
      change.addTable({ family: 'inet', name: 'filter' })
      change.addObject({ ...filter, type: 'quota', name: 'small', data: { bytes: 1, over: true } })
      change.addObject({ ...filter, type: 'limit', name: 'slow', data: { rate: 1, per: 'second' } })
      change.addSet({
        ...filter,
        name: 'verdicts',
        type: 'mark',
        map: 'verdict',
        elements: [{ key: 0, data: 'drop' }],
      })
      change.addSet({
        ...filter,
        name: 'ofaddress',
        type: 'ipv4_addr',
        map: 'mark',
        elements: [{ key: '192.0.2.1', data: 11 }],
      })
      change.addSet({ ...filter, name: 'seen', type: 'ipv4_addr', dynamic: true, size: 100 })
      change.addSet({ ...filter, name: 'metered', type: 'ipv4_addr', dynamic: true, size: 100 })
      change.addSet({ ...filter, name: 'marksof', type: 'ipv4_addr', map: 'mark', dynamic: true, size: 100 })
      change.addSet({
        ...filter,
        name: 'pairs',
        type: ['ipv4_addr', 'inet_service'],
        dynamic: true,
        size: 100,
      })
      change.addChain({ ...filter, name: 'dropping' })
      change.addRule({ ...filter, chain: 'dropping', expressions: [action.drop()] })
      change.addChain({ ...filter, name: 'in', hook: 'input', priority: 0 })
      change.addRule({ ...filter, chain: 'in', expressions: [match.l4proto('udp'), ...actions] })
      change.addChain({ ...filter, name: 'after', hook: 'input', priority: 1 })
      for (const [, part] of after) {
        change.addRule({
          ...filter,
          chain: 'after',
          expressions: [match.l4proto('udp'), part, action.counter()],
        })
      }
    })
    await send(here.netns)
    const rules = await nft.rules({ ...filter, chain: 'after' })
    for (const [i, [packets]] of after.entries()) t.is(counted(rules[i]), packets)
  })
}

kernelTest('named counters count, also those that a map gives', async (t) => {
  const { here, there } = await joined(t)
  await using nft = await Nftables.open({ netns: there.netns })
  await nft.transaction((change) => {
    change.addTable({ family: 'inet', name: 'filter' })
    for (const name of ['one', 'mapped']) change.addObject({ ...filter, type: 'counter', name })
    const elements = [{ key: '192.0.2.1', data: 'mapped' }]
    change.addSet({ ...filter, name: 'm', type: 'ipv4_addr', map: 'counter', elements })
    change.addChain({ ...filter, name: 'in', hook: 'input' })
    change.addRule({ ...filter, chain: 'in', expressions: [match.l4proto('udp'), action.counter('one')] })
    const counter = action.counter({ key: 'ip saddr', map: '@m' })
    change.addRule({ ...filter, chain: 'in', expressions: [match.l4proto('udp'), counter] })
  })
  await send(here.netns)
  for (const name of ['one', 'mapped']) {
    t.like(
      await nft.object({ ...filter, type: 'counter', name }),
      { data: { packets: 1n, bytes: 36n } },
      name,
    )
  }
})

kernelTest(
  'notrack exempts from connection tracking; redirect and dnat change the destination',
  async (t) => {
    const { here, there } = await joined(t)
    await using nft = await Nftables.open({ netns: there.netns })
    const rule = (chain: string, ...expressions: NftRulePart[]) => ({ ...filter, chain, expressions })
    await nft.transaction((change) => {
      change.addTable({ family: 'inet', name: 'filter' })
      change.addChain({ ...filter, name: 'raw', hook: 'prerouting', priority: 'raw' })
      change.addRule(rule('raw', match.icmp.type('echo-request'), action.notrack()))
      change.addChain({ ...filter, name: 'nat', hook: 'prerouting', type: 'nat', priority: 'dstnat' })
      change.addRule(rule('nat', match.udp.dport(5555), action.redirect(5556)))
      change.addRule(rule('nat', match.tcp.dport(80), action.dnat('192.0.2.2:81')))
      change.addChain({ ...filter, name: 'in', hook: 'input' })
      change.addRule(
        rule('in', match.icmp.type('echo-request'), match.ctState('untracked'), action.counter()),
      )
      change.addRule(rule('in', match.udp.dport(5556), action.counter()))
      change.addRule(rule('in', match.tcp.dport(81), match.ctStatus('dnat'), action.counter()))
    })
    await send(here.netns)
    t.deepEqual((await nft.rules({ ...filter, chain: 'in' })).map(counted), [1, 1, 1])
  },
)

kernelTest('masquerade and snat change the source, dup sends a copy', async (t) => {
  const { here, there } = await joined(t)
  await here.net.addresses.add({ link: 'left', address: '192.0.2.7/24' })
  await using sender = await Nftables.open({ netns: here.netns })
  await using receiver = await Nftables.open({ netns: there.netns })
  const ip = { family: 'ip', table: 't' } as const
  await sender.transaction((change) => {
    change.addTable({ family: 'ip', name: 't' })
    change.addChain({ ...ip, name: 'nat', hook: 'postrouting', type: 'nat', priority: 'srcnat' })
    const snat = [match.udp.dport(5555), action.snat('192.0.2.7:1111')]
    change.addRule({ ...ip, chain: 'nat', expressions: snat })
    change.addRule({
      ...ip,
      chain: 'nat',
      expressions: [match.tcp.dport(80), action.masquerade({ ports: '2222' })],
    })
    change.addChain({ ...ip, name: 'out', hook: 'output' })
    const dup = [match.udp.dport(5556), action.dup({ address: '192.0.2.2' })]
    change.addRule({ ...ip, chain: 'out', expressions: dup })
  })
  await receiver.transaction((change) => {
    change.addTable({ family: 'ip', name: 't' })
    change.addChain({ ...ip, name: 'pre', hook: 'prerouting' })
    for (const part of [
      [match.ip.saddr('192.0.2.7'), match.udp.sport(1111)],
      [match.ip.saddr('192.0.2.1'), match.tcp.sport(2222)],
      [match.ip.daddr('192.0.2.2'), match.udp.dport(5556)],
    ]) {
      change.addRule({ ...ip, chain: 'pre', expressions: [part, action.counter()] })
    }
  })
  await send(here.netns)
  here.netns.run(() => spawnSync('bash', ['-c', 'echo -n x > /dev/udp/192.0.2.2/5556']))
  t.deepEqual((await receiver.rules(ip)).map(counted), [1, 1, 2])
})
