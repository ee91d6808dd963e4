import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { action, formatRuleset, match, Netns, Nftables, type NftRulePart } from '../../../lib/index.js'
import { stockEnv, toolTest, versionOf, versionTest } from '../../helpers/needs.js'

const nftTest = toolTest('nft')
/** The version whose listing ours equals; others write some statements in another way. */
const LISTED = '1.0.6'
const version = versionOf('nft', '--version')
const listingTest = versionTest(LISTED, version, 'nft')

/** Runs nft(8) in a namespace, with `input` as its standard input. */
function stock(netns: Netns, args: readonly string[], input = ''): string {
  const run = netns.run(() => spawnSync('nft', args, { encoding: 'utf8', input, env: stockEnv }))
  if (run.status !== 0) throw new Error(`nft ${args.join(' ')}: ${run.stderr}`)
  return run.stdout
}

async function ourListing(netns: Netns): Promise<string> {
  await using nft = await Nftables.open({ netns })
  return formatRuleset(await nft.ruleset(), { linkName: (index) => (index === 1 ? 'lo' : undefined) })
}

/** The ruleset in nft(8)’s JSON, without versions and handles, which differ between two equal rulesets. */
function json(netns: Netns): unknown {
  return JSON.parse(stock(netns, ['-j', 'list', 'ruleset']), (key, value) =>
    key === 'handle' || key === 'metainfo' ? undefined : value,
  )
}

listingTest('a ruleset with every supported statement is listed exactly as nft(8) lists it', async (t) => {
  using original = Netns.create()
  stock(original, ['-f', '-'], readFileSync('tests/data/ruleset.nft', 'utf8'))
  t.is(await ourListing(original), stock(original, ['list', 'ruleset']))
})

nftTest('nft(8) reads back what is listed of a ruleset with every supported statement', async (t) => {
  using original = Netns.create()
  stock(original, ['-f', '-'], readFileSync('tests/data/ruleset.nft', 'utf8'))
  const text = await ourListing(original)
  t.notRegex(text, /\[ /)
  using copy = Netns.create()
  stock(copy, ['-f', '-'], text)
  t.deepEqual(json(copy), json(original))
})

/** The same rule in nft(8)’s syntax and as expressions. */
const RULES: readonly {
  readonly family: 'ip' | 'ip6' | 'inet'
  readonly nft: string
  readonly ours: readonly NftRulePart[]
}[] = [
  { family: 'ip', nft: 'ip saddr 10.0.0.1 accept', ours: [match.saddr('10.0.0.1'), action.accept()] },
  {
    family: 'ip',
    nft: 'ip saddr != 10.0.0.0/8 drop',
    ours: [match.not(match.saddr('10.0.0.0/8')), action.drop()],
  },
  {
    family: 'ip',
    nft: 'ip daddr 10.0.0.1-10.0.0.9 return',
    ours: [match.daddr('10.0.0.1-10.0.0.9'), action.return()],
  },
  {
    family: 'inet',
    nft: 'ip saddr { 10.0.0.1, 10.1.0.0/16 } accept',
    ours: [match.saddr('10.0.0.1', '10.1.0.0/16'), action.accept()],
  },
  {
    family: 'inet',
    nft: 'ip6 daddr 2001:db8::/32 accept',
    ours: [match.daddr('2001:db8::/32'), action.accept()],
  },
  { family: 'ip6', nft: 'ip6 saddr 2001:db8::1 accept', ours: [match.saddr('2001:db8::1'), action.accept()] },
  {
    family: 'inet',
    nft: 'tcp dport { 80, 443, 8000-8999 } accept',
    ours: [match.dport('tcp', 80, 443, '8000-8999'), action.accept()],
  },
  { family: 'inet', nft: 'udp sport != 53 drop', ours: [match.not(match.sport('udp', 53)), action.drop()] },
  {
    family: 'inet',
    nft: 'tcp dport 1000-2000 counter',
    ours: [match.dport('tcp', '1000-2000'), action.counter()],
  },
  {
    family: 'inet',
    nft: 'iifname "eth*" oifname != { "a", "b" } accept',
    ours: [match.iifname('eth*'), match.not(match.oifname('a', 'b')), action.accept()],
  },
  {
    family: 'inet',
    nft: 'ct state established,related accept',
    ours: [match.ctState('established', 'related'), action.accept()],
  },
  { family: 'inet', nft: 'ct status dnat accept', ours: [match.ctStatus('dnat'), action.accept()] },
  {
    family: 'inet',
    nft: 'meta mark 0x00000007 ct mark set 0x00000008',
    ours: [match.mark(7), action.setCtMark(8)],
  },
  {
    family: 'inet',
    nft: 'ct mark 0x00000009 meta mark set 0x0000000a',
    ours: [match.ctMark(9), action.setMark(10)],
  },
  {
    family: 'inet',
    nft: 'icmp type { echo-reply, echo-request } accept',
    ours: [match.icmpType('echo-request', 'echo-reply'), action.accept()],
  },
  {
    family: 'inet',
    nft: 'icmpv6 type nd-neighbor-solicit accept',
    ours: [match.icmpv6Type('nd-neighbor-solicit'), action.accept()],
  },
  {
    family: 'inet',
    nft: 'meta l4proto { tcp, udp } accept',
    ours: [match.l4proto('tcp', 'udp'), action.accept()],
  },
  { family: 'inet', nft: 'meta skuid 1000 drop', ours: [match.skuid(1000), action.drop()] },
  {
    family: 'inet',
    nft: 'limit rate 10/second burst 20 packets accept',
    ours: [action.limit({ rate: 10, per: 'second', burst: 20 }), action.accept()],
  },
  {
    family: 'inet',
    nft: 'limit rate over 3/minute drop',
    ours: [action.limit({ rate: 3, per: 'minute', over: true }), action.drop()],
  },
  {
    family: 'inet',
    nft: 'log prefix "web " level info',
    ours: [action.log({ prefix: 'web ', level: 'info' })],
  },
  { family: 'inet', nft: 'log group 2 snaplen 64', ours: [action.log({ group: 2, snaplen: 64 })] },
  { family: 'inet', nft: 'reject', ours: [action.reject()] },
  { family: 'ip', nft: 'reject with icmp admin-prohibited', ours: [action.reject('admin-prohibited')] },
  { family: 'inet', nft: 'meta l4proto tcp reject with tcp reset', ours: [action.reject('tcp-reset')] },
  { family: 'inet', nft: 'jump other', ours: [action.jump('other')] },
  { family: 'inet', nft: 'goto other', ours: [action.goto('other')] },
  { family: 'ip', nft: 'notrack', ours: [action.notrack()] },
]

/** Rules that need a chain of type nat. */
const NAT_RULES: typeof RULES = [
  { family: 'ip', nft: 'oifname "eth0" masquerade', ours: [match.oifname('eth0'), action.masquerade()] },
  {
    family: 'ip',
    nft: 'ip protocol tcp masquerade to :1024-65535 random',
    ours: [
      [
        { name: 'payload', data: { dreg: 1, base: 'network', offset: 9, len: 1 } },
        { name: 'cmp', data: { sreg: 1, op: 'eq', data: { value: Uint8Array.of(6) } } },
      ],
      action.masquerade({ ports: '1024-65535', flags: ['random'] }),
    ],
  },
  {
    family: 'ip',
    nft: 'snat to 192.0.2.1-192.0.2.9 persistent',
    ours: [action.snat('192.0.2.1-192.0.2.9', { flags: ['persistent'] })],
  },
  {
    family: 'ip',
    nft: 'tcp dport 8080 dnat to 10.0.0.2:80',
    ours: [match.dport('tcp', 8080), action.dnat('10.0.0.2:80')],
  },
  {
    family: 'ip6',
    nft: 'tcp dport 8080 dnat to [2001:db8::2]:80',
    ours: [match.dport('tcp', 8080), action.dnat('[2001:db8::2]:80')],
  },
  {
    family: 'inet',
    nft: 'tcp dport 8080 dnat ip to 10.0.0.2:80',
    ours: [match.dport('tcp', 8080), action.dnat('10.0.0.2:80')],
  },
  {
    family: 'ip',
    nft: 'udp dport 53 redirect to :5353',
    ours: [match.dport('udp', 53), action.redirect(5353)],
  },
]

for (const { rules, chain } of [
  { rules: RULES, chain: { hook: 'prerouting', priority: 'raw', type: 'filter' } },
  {
    rules: NAT_RULES.filter(({ nft }) => /masq|snat/.test(nft)),
    chain: { hook: 'postrouting', priority: 'srcnat', type: 'nat' },
  },
  {
    rules: NAT_RULES.filter(({ nft }) => /dnat|redir/.test(nft)),
    chain: { hook: 'prerouting', priority: 'dstnat', type: 'nat' },
  },
] as const) {
  for (const { family, nft: text, ours } of rules) {
    nftTest(`the kernel has the same rule from us as from nft(8): ${family} ${text}`, async (t) => {
      using theirs = Netns.create()
      const { type, hook, priority } = chain
      stock(
        theirs,
        ['-f', '-'],
        `table ${family} t { chain other { }; chain c { type ${type} hook ${hook} priority ${priority}; ${text}; }; }\n`,
      )
      using netns = Netns.create()
      await using nft = await Nftables.open({ netns })
      await nft.transaction((change) => {
        change.addTable({ family, name: 't' })
        change.addChain({ family, table: 't', name: 'other' })
        change.addChain({ family, table: 't', name: 'c', ...chain })
        change.addRule({ family, table: 't', chain: 'c', expressions: ours })
      })
      t.is(stock(netns, ['list', 'ruleset']), stock(theirs, ['list', 'ruleset']))
      if (version === LISTED) t.is(formatRuleset(await nft.ruleset()), stock(theirs, ['list', 'ruleset']))
    })
  }
}

toolTest('iptables-nft')('rules of iptables-nft are listed, with xtables extensions by name', async (t) => {
  using netns = Netns.create()
  const run = netns.run(() =>
    spawnSync('iptables-nft', '-A INPUT -p tcp --dport 22 -m conntrack --ctstate NEW -j REJECT'.split(' '), {
      env: stockEnv,
    }),
  )
  t.is(run.status, 0)
  t.regex(
    await ourListing(netns),
    /tcp dport 22 xt match "conntrack" counter packets 0 bytes 0 xt target "REJECT"/,
  )
})
