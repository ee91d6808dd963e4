import { spawnSync } from 'node:child_process'
import { action, match, Netns, Nftables, type NftRulePart } from '../../../lib/index.js'
import { stockEnv, toolTest } from '../../helpers/needs.js'

const nftTest = toolTest('nft')

/** Runs nft(8) in a namespace, with `input` as its standard input. */
function run(netns: Netns, args: readonly string[], input = '') {
  return netns.run(() => spawnSync('nft', args, { encoding: 'utf8', input, env: stockEnv }))
}

function stock(netns: Netns, args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = run(netns, args, input)
  if (status !== 0) throw new Error(`nft ${args.join(' ')}: ${stderr}`)
  return stdout
}

type Family = 'inet' | 'ip' | 'ip6' | 'netdev' | 'bridge'

/** What rules refer to, by nft(8). */
const DECLARATIONS: Readonly<Partial<Record<Family, string>>> = {
  inet: `
    set addresses { type ipv4_addr; flags interval; }
    set addresses6 { type ipv6_addr; }
    set ports { type inet_service; }
    set marks { type mark; flags interval; }
    set plainmarks { type mark; }
    set names { type ifname; flags interval; }
    set pairs { type ipv4_addr . inet_service; }
    set markpairs { type mark . ipv4_addr; flags interval; }
    set macs { type ether_addr; }
    set protocols { type inet_proto; }
    set seen { type ipv4_addr; flags dynamic,timeout; timeout 1m; }
    set metered { type ipv4_addr . inet_service; size 65535; flags dynamic; }
    map ofaddress { type ipv4_addr : mark; }
    map seenmarks { type ipv4_addr : mark; flags dynamic,timeout; timeout 1m; }
    map verdicts { type inet_service : verdict; }
    map counters { type ipv4_addr : counter; }
    counter web { }
    quota month { 100 mbytes }
    limit slow { rate 5/second; }
    ct helper ftp-standard { type "ftp" protocol tcp; }
    chain other { }`,
}

/** The same rule in nft(8)'s syntax and by builders. */
const RULES: readonly (readonly [family: Family, nft: string, ours: readonly NftRulePart[]])[] = [
  // Named sets, by the header and the field.
  ['inet', 'ip saddr @addresses drop', [match.ip.saddr('@addresses'), action.drop()]],
  ['inet', 'ip daddr != @addresses', [match.not(match.ip.daddr('@addresses'))]],
  ['inet', 'ip6 saddr @addresses6', [match.ip6.saddr('@addresses6')]],
  ['inet', 'ip saddr @addresses', [match.saddr('@addresses')]],
  ['inet', 'ip6 daddr @addresses6', [match.daddr('@addresses6')]],
  ['inet', 'tcp dport @ports', [match.tcp.dport('@ports')]],
  ['inet', 'udp sport @ports', [match.udp.sport('@ports')]],
  ['inet', 'th dport @ports', [match.th.dport('@ports')]],
  ['inet', 'tcp dport @ports', [match.dport('tcp', '@ports')]],
  ['inet', 'ip protocol @protocols', [match.ip.protocol('@protocols')]],
  ['inet', 'ether saddr @macs', [match.ether.saddr('@macs')]],
  ['inet', 'meta mark @marks', [match.mark('@marks')]],
  ['inet', 'meta mark @plainmarks', [match.mark('@plainmarks')]],
  ['inet', 'ct mark @marks', [match.ctMark('@marks')]],
  ['inet', 'iifname @names', [match.iifname('@names')]],
  ['inet', 'ip saddr . tcp dport @pairs', [match.concat(['ip saddr', 'tcp dport'], '@pairs')]],
  ['inet', 'meta mark . ip daddr @markpairs', [match.concat(['meta mark', 'ip daddr'], '@markpairs')]],
  // Anonymous sets.
  ['inet', 'iifname { "docker0", "veth*" } accept', [match.iifname('veth*', 'docker0'), action.accept()]],
  ['inet', 'oifname != { "br-lan", "a-b" }', [match.not(match.oifname('br-lan', 'a-b'))]],
  ['inet', 'meta mark { 0x5, 0x10-0x20 }', [match.mark('0x10-0x20', 5)]],
  [
    'inet',
    'ip saddr { 10.0.0.0/8, 192.0.2.1 }',
    [match.saddr('10.1.0.0/16', '192.0.2.1', '10.0.0.0/8', '10.2.3.4')],
  ],
  ['inet', 'ip saddr { 10.0.0.0/9, 10.128.0.0/9 }', [match.saddr('10.128.0.0/9', '10.0.0.0/9')]],
  ['inet', 'ip saddr { 240.0.0.0/4, 10.0.0.1 }', [match.saddr('240.0.0.0/4', '10.0.0.1')]],
  ['inet', 'tcp dport { 22, 80 }', [match.tcp.dport(22, 80, 22)]],
  ['inet', 'tcp dport { 1-5, 7 }', [match.tcp.dport('1-3', '2-4', 5, 7)]],
  [
    'inet',
    'ip saddr . tcp dport { 10.0.0.1 . 80, 10.0.0.0/8 . 1000-2000 }',
    [match.concat(['ip saddr', 'tcp dport'], ['10.0.0.1', 80], ['10.0.0.0/8', '1000-2000'])],
  ],
  [
    'inet',
    'iifname . ip saddr { "lo" . 10.0.0.1, "eth0" . 10.0.0.2 }',
    [match.concat(['iifname', 'ip saddr'], ['lo', '10.0.0.1'], ['eth0', '10.0.0.2'])],
  ],
  [
    'inet',
    'meta mark . ip daddr { 0x10-0x20 . 10.0.0.0/8 }',
    [match.concat(['meta mark', 'ip daddr'], ['16-32', '10.0.0.0/8'])],
  ],
  ['inet', 'ip dscp { cs1, af41 }', [match.ip.dscp('cs1', 'af41')]],
  ['inet', 'ip6 dscp { cs1, af41 }', [match.ip6.dscp('af41', 'cs1')]],
  ['inet', 'vlan pcp { 1, 2 }', [match.vlan.pcp(1, 2)]],
  // Values, ranges, bounds and masks in each byte order.
  ['inet', 'meta mark 0x10-0x20', [match.mark('0x10-0x20')]],
  ['inet', 'meta mark != 0x10-0x20', [match.not(match.mark('16-32'))]],
  ['inet', 'meta mark & 0xff == 0x10', [match.mark('0x10/0xff')]],
  ['inet', 'ct mark & 0xff != 0x10', [match.not(match.ctMark(16, { mask: 255 }))]],
  ['inet', 'meta skuid 1000-2000', [match.skuid('1000-2000')]],
  ['inet', 'meta length 1001-4294967295', [match.meta.len('>1000')]],
  ['inet', 'meta cpu 0-2', [match.meta.cpu('<3')]],
  ['inet', 'tcp dport 1024-65535', [match.tcp.dport('>=1024')]],
  ['inet', 'tcp dport 0-65535', [match.tcp.dport('0-65535')]],
  ['inet', 'ip ttl 5-10', [match.ip.ttl('5-10')]],
  ['inet', 'ip6 hoplimit 1', [match.ip6.hoplimit(1)]],
  ['inet', 'ip dscp cs1', [match.ip.dscp('cs1')]],
  ['inet', 'ip6 dscp cs1', [match.ip6.dscp('cs1')]],
  ['inet', 'ip6 flowlabel 5', [match.ip6.flowlabel(5)]],
  ['inet', 'vlan id 5', [match.vlan.id(5)]],
  ['inet', 'tcp flags syn', [match.tcp.flags('syn')]],
  ['inet', 'icmp type echo-request', [match.icmp.type('echo-request')]],
  ['inet', 'icmpv6 code no-route', [match.icmpv6.code('no-route')]],
  ['inet', 'iifname "br-lan"', [match.iifname('br-lan')]],
  ['inet', 'iifname "eth\\*"', [match.iifname('eth\\*')]],
  ['inet', 'ct zone 1-3', [match.ct.zone('1-3')]],
  ['inet', 'iifgroup 5', [match.meta.iifgroup(5)]],
  ['bridge', 'ether saddr 02:00:00:00:00:01', [match.ether.saddr('02:00:00:00:00:01')]],
  ['bridge', 'ip saddr 10.0.0.1', [match.ip.saddr('10.0.0.1')]],
  ['bridge', 'arp operation request', [match.arp.operation('request')]],
  ['netdev', 'ip daddr 10.0.0.1', [match.ip.daddr('10.0.0.1')]],
  // Lookups beside the packet.
  [
    'inet',
    'fib saddr . iif oif missing drop',
    [match.fib(['saddr', 'iif'], 'oif', 'missing'), action.drop()],
  ],
  ['inet', 'fib saddr oif exists', [match.fib('saddr', 'oif', 'exists')]],
  ['inet', 'fib daddr type { local, broadcast }', [match.fib('daddr', 'type', 'local', 'broadcast')]],
  ['inet', 'fib daddr . mark oifname "lo"', [match.fib(['daddr', 'mark'], 'oifname', 'lo')]],
  ['inet', 'socket transparent 1', [match.socket('transparent', 1)]],
  ['inet', 'socket mark 0x7', [match.socket('mark', 7)]],
  ['inet', 'rt classid 7', [match.rt('classid', 7)]],
  ['inet', 'rt ip nexthop 192.0.2.1', [match.rt('nexthop4', '192.0.2.1')]],
  // Maps.
  [
    'inet',
    'tcp dport vmap { 22 : accept, 80-90 : drop }',
    [
      action.vmap('tcp dport', [
        { key: 22, data: 'accept' },
        { key: '80-90', data: 'drop' },
      ]),
    ],
  ],
  ['inet', 'tcp dport vmap @verdicts', [action.vmap('tcp dport', '@verdicts')]],
  [
    'inet',
    'ip saddr . tcp dport vmap { 10.0.0.1 . 80 : jump other }',
    [action.vmap(['ip saddr', 'tcp dport'], [{ key: ['10.0.0.1', 80], data: { jump: 'other' } }])],
  ],
  ['inet', 'meta mark set ip saddr map @ofaddress', [action.setMark({ key: 'ip saddr', map: '@ofaddress' })]],
  [
    'inet',
    'meta mark set tcp dport map { 22 : 0x1, 80 : 0x2 }',
    [
      action.setMark({
        key: 'tcp dport',
        map: [
          { key: 22, data: 1 },
          { key: 80, data: 2 },
        ],
      }),
    ],
  ],
  // Marks.
  ['inet', 'ct mark set meta mark', [action.saveMark()]],
  ['inet', 'meta mark set ct mark', [action.restoreMark()]],
  ['inet', 'meta mark set ct mark', [action.setMark('ct mark')]],
  ['inet', 'ct mark set 0x5', [action.setCtMark(5)]],
  ['inet', 'meta priority set 1:2', [action.setPriority('1:2')]],
  // Fields.
  ['inet', 'ip ttl set 64', [action.setField('ip ttl', 64)]],
  ['inet', 'ip6 hoplimit set 64', [action.setField('ip6 hoplimit', 64)]],
  ['inet', 'ip dscp set cs1', [action.setField('ip dscp', 'cs1')]],
  ['inet', 'ip6 dscp set cs1', [action.setField('ip6 dscp', 'cs1')]],
  ['inet', 'tcp dport set 8080', [action.setField('tcp dport', 8080)]],
  ['inet', 'ip daddr set 10.0.0.1', [action.setField('ip daddr', '10.0.0.1')]],
  // Objects.
  ['inet', 'counter name "web"', [action.counter('web')]],
  ['inet', 'quota name "month"', [action.quota('month')]],
  ['inet', 'limit name "slow"', [action.limit('slow')]],
  ['inet', 'ct helper set "ftp-standard"', [action.ctHelper('ftp-standard')]],
  ['inet', 'counter name ip saddr map @counters', [action.counter({ key: 'ip saddr', map: '@counters' })]],
  ['inet', 'quota over 10 mbytes drop', [action.quota({ bytes: 10 * 1024 ** 2, over: true }), action.drop()]],
  // Sets that rules change.
  [
    'inet',
    'update @seen { ip saddr timeout 10s counter }',
    [action.updateSet('@seen', 'ip saddr', { timeout: 10_000, counter: true })],
  ],
  ['inet', 'add @seen { ip saddr }', [action.addToSet('@seen', 'ip saddr')]],
  ['inet', 'delete @seen { ip saddr }', [action.deleteFromSet('@seen', 'ip saddr')]],
  [
    'inet',
    'add @metered { ip saddr . tcp dport limit rate over 5/second } drop',
    [
      action.addToSet('@metered', ['ip saddr', 'tcp dport'], {
        limit: { rate: 5, per: 'second', over: true },
      }),
      action.drop(),
    ],
  ],
  ['inet', 'update @seenmarks { ip saddr : 0x5 }', [action.updateSet('@seenmarks', 'ip saddr', { data: 5 })]],
  [
    'inet',
    'update @seenmarks { ip saddr timeout 20s : meta mark }',
    [action.updateSet('@seenmarks', 'ip saddr', { data: 'meta mark', timeout: 20_000 })],
  ],
  // Verdicts elsewhere.
  [
    'inet',
    'meta l4proto tcp tproxy ip to 127.0.0.1:3128',
    [match.l4proto('tcp'), action.tproxy('127.0.0.1:3128')],
  ],
  ['inet', 'meta l4proto tcp tproxy to :3128', [match.l4proto('tcp'), action.tproxy(':3128')]],
  [
    'ip',
    'meta l4proto udp tproxy to 127.0.0.1:3128',
    [match.l4proto('udp'), action.tproxy('127.0.0.1:3128')],
  ],
  [
    'inet',
    'tcp dport 80 synproxy mss 1460 wscale 7 timestamp sack-perm',
    [match.tcp.dport(80), action.synproxy({ mss: 1460, wscale: 7, timestamp: true, sackPerm: true })],
  ],
  ['inet', 'queue num 3', [action.queue({ num: 3 })]],
  ['inet', 'queue num 1-3 bypass,fanout', [action.queue({ num: '1-3', bypass: true, fanout: true })]],
  ['ip', 'dup to 192.0.2.1', [action.dup({ address: '192.0.2.1' })]],
  ['netdev', 'dup to "lo"', [action.dup({ link: 1 })]],
  ['netdev', 'fwd to "lo"', [action.fwd(1)]],
  ['inet', 'continue', [action.continue()]],
  ['inet', 'return', [action.return()]],
]

/** The only hooks at which the kernel takes over handshakes. */
const SYNPROXY_CHAIN = 'type filter hook input priority 0;'

const CHAINS: Readonly<Record<Family, string>> = {
  inet: 'type filter hook prerouting priority raw;',
  ip: 'type filter hook prerouting priority raw;',
  ip6: 'type filter hook prerouting priority raw;',
  bridge: 'type filter hook prerouting priority 0;',
  netdev: 'type filter hook ingress device "lo" priority 0;',
}

for (const [i, [family, text, ours]] of RULES.entries()) {
  nftTest(`nft(8) lists what is built as it lists its own (${i + 1}): ${family} ${text}`, async (t) => {
    const table = `table ${family} t {${DECLARATIONS[family] ?? ''}
      chain c { ${/synproxy/.test(text) ? SYNPROXY_CHAIN : CHAINS[family]} }
    }\n`
    using theirs = Netns.create()
    const inputs = [
      [['-f', '-'], table],
      [['add', 'rule', family, 't', 'c', text], ''],
    ] as const
    for (const [args, input] of inputs) {
      const { status, stderr } = run(theirs, args, input)
      if (status === 0) continue
      t.log(`not here: ${stderr.trim()}`)
      t.pass()
      return
    }
    using netns = Netns.create()
    stock(netns, ['-f', '-'], table)
    await using nft = await Nftables.open({ netns })
    await nft.addRule({ family, table: 't', chain: 'c', expressions: ours })
    t.is(stock(netns, ['list', 'ruleset']), stock(theirs, ['list', 'ruleset']))
  })
}
