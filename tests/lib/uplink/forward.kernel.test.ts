import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  connectUplink,
  disconnectUplink,
  type ForwardWarning,
  Netns,
  Nftables,
  type Uplink,
} from '../../../lib/index.js'
import { stockEnv, toolTest } from '../../helpers/needs.js'
import { netnsName, sandbox } from '../../helpers/sandbox.js'
import { FROM_ROUTER, fetchFrom, snapshot, world } from '../../helpers/uplink-world.js'

const nftTest = toolTest('nft', 'ip')
type Test = Parameters<typeof sandbox>[0]

/** A router with a name, by which stock programs run in it. */
async function namedWorld(t: Test) {
  const { router } = await world(t)
  const name = netnsName(t)
  Netns.attach(name, router).close()
  const run = (command: string, input = '') => {
    const [program = '', ...args] = ['ip', 'netns', 'exec', name, 'sh', '-c', command]
    const { stdout, stderr, status } = spawnSync(program, args, { input, encoding: 'utf8', env: stockEnv })
    if (status !== 0) throw new Error(`${command}: ${stderr}`)
    return stdout
  }
  const { netns: inside } = await sandbox(t)
  return {
    router,
    run,
    nft: (script: string) => run('nft -f -', script.replaceAll(/\}\s*(?=\}|chain|table|$)/g, '\n}\n')),
    inside,
  }
}

const forwardWarnings = ({ warnings }: Uplink) =>
  warnings.filter((warning): warning is ForwardWarning => warning.kind === 'forward')

async function fails(t: Test, inside: Netns, version: 4 | 6 = 4) {
  const answer = await fetchFrom(inside, version, 400).catch(() => 'nothing')
  t.is(answer, 'nothing', `version ${version} is dropped`)
}

const base = 'type filter hook forward priority 0;'

/** Rulesets that drop the packets of an uplink, or the answers, and what the warning says. */
const DROPPING: readonly (readonly [string, string, readonly RegExp[], versions?: readonly (4 | 6)[]])[] = [
  ['a policy', `table inet fw { chain f { ${base} policy drop; } }`, [/inet fw f .* by its policy/]],
  [
    'a policy for IPv4 alone',
    `table ip fw { chain f { ${base} policy drop; } }`,
    [/ip fw f .* by its policy/],
    [4],
  ],
  [
    'a policy for IPv6 alone',
    `table ip6 fw { chain f { ${base} policy drop; } }`,
    [/ip6 fw f .* by its policy/],
    [6],
  ],
  [
    'a reject at the end',
    `table inet fw { chain f { ${base} ct state established,related accept; reject with icmpx admin-prohibited; } }`,
    [/by the rule “reject/],
  ],
  [
    'a drop of new connections',
    `table inet fw { chain f { ${base} ct state new drop; } }`,
    [/ct state new drop/],
  ],
  [
    'a policy that lets packets out, and no answers in',
    `table inet fw { chain f { ${base} policy drop; iifname "uplink-*" accept; } }`,
    [/answers to/],
  ],
  [
    'the link that packets leave by',
    `table inet fw { chain f { ${base} oifname { "eth9", "up" } drop; } }`,
    [/drop”/],
  ],
  [
    'the source address',
    `table ip fw { chain f { ${base} ip saddr { 10.0.0.0/8, 192.168.0.0/16 } drop; } }`,
    [/drop”/],
    [4],
  ],
  [
    'a verdict map',
    `table inet fw { chain f { ${base} meta nfproto vmap { ipv4 : drop, ipv6 : drop }; } }`,
    [/vmap/],
  ],
  [
    'firewalld',
    `table inet firewalld {
      chain filter_FWD_public { jump filter_FWD_public_allow; reject with icmpx admin-prohibited; }
      chain filter_FWD_public_allow { }
      chain filter_FORWARD_ZONES { iifname "up" goto filter_FWD_public; goto filter_FWD_public; }
      chain filter_FORWARD {
        type filter hook forward priority filter + 10; policy accept;
        ct state { established, related } accept
        ct status dnat accept
        iifname "lo" accept
        ct state invalid drop
        jump filter_FORWARD_ZONES
        reject with icmpx admin-prohibited
      }
    }`,
    [/by the rule “reject.*of filter_FWD_public/],
  ],
  [
    'two tables',
    `table inet a { chain f { ${base} policy drop; } }
    table ip b { chain f { type filter hook forward priority 10; policy drop; } }`,
    [/inet a f/, /ip b f/],
  ],
]

const BOTH: readonly (4 | 6)[] = [4, 6]
for (const [title, ruleset, messages, versions = BOTH] of DROPPING) {
  nftTest(
    `forwarded packets are dropped by ${title}: a warning, and the commands that open it`,
    async (t) => {
      const { router, nft, inside, run } = await namedWorld(t)
      nft(ruleset)
      const before = await snapshot(router)
      const uplink = await connectUplink(inside, { via: router })
      const warnings = forwardWarnings(uplink)
      t.is(warnings.length, messages.length)
      for (const [i, message] of messages.entries()) t.regex(warnings[i]?.message ?? '', message)
      for (const version of versions) await fails(t, inside, version)
      // The commands that the warning gives.
      const rules = run('nft -s list ruleset')
      for (const { opens } of warnings) nft(opens)
      await connects(t, inside)
      t.deepEqual(forwardWarnings(await connectUplink(inside, { via: router })), [])
      run('nft flush ruleset')
      nft(rules)
      // The same by the option, which undoes it.
      const open = await connectUplink(inside, { via: router, openForward: true })
      t.deepEqual(open.warnings, [])
      await connects(t, inside)
      await connectUplink(inside, { via: router })
      await connects(t, inside)
      await uplink.disconnect()
      await open.disconnect()
      t.deepEqual(await snapshot(router), before)
    },
  )
}

async function connects(t: Test, inside: Netns) {
  t.is(await fetchFrom(inside), FROM_ROUTER[4])
  t.is(await fetchFrom(inside, 6), FROM_ROUTER[6])
}

/** Rulesets that let an uplink's packets pass. */
const PASSING: readonly (readonly [string, string])[] = [
  ['drops of other ports', `table inet fw { chain f { ${base} tcp dport 25 drop; udp dport 53 drop; } }`],
  [
    'drops of other links',
    `table inet fw { chain f { ${base} iifname "docker0" drop; oifname != "up" iifname != "up" drop; } }`,
  ],
  [
    'drops of other networks',
    `table ip fw { chain f { ${base} ip saddr 192.168.0.0/16 drop; ip saddr != 10.0.0.0/8 ip daddr != 10.0.0.0/8 drop; } }`,
  ],
  [
    'drops of invalid packets',
    `table inet fw { chain f { ${base} ct state invalid drop; ct state vmap { invalid : drop, new : accept } } }`,
  ],
  [
    'a policy with rules for uplinks',
    `table inet fw { chain f { ${base} policy drop; ct state { established, related } accept; iifname "uplink-*" accept; } }`,
  ],
  [
    'a policy with rules for the source',
    `table inet fw { chain f { ${base} policy drop; ct state vmap { established : accept, related : accept }; meta nfproto ipv6 accept; ip saddr 10.213.0.0/16 accept; } }`,
  ],
  [
    'an interval of marks',
    `table inet fw { chain f { ${base} meta mark 1-255 drop; meta mark & 0xff == 0x10 drop; } }`,
  ],
  [
    'marks that are set and let pass',
    `table inet fw { counter c { } chain f { ${base} policy drop; iifname "uplink-*" meta mark set 7; meta mark 7 counter name "c" accept; ct state established accept; } }`,
  ],
  [
    'drops of new connections without SYN',
    `table inet fw { chain f { ${base} ct state new tcp flags & (fin | syn | rst | ack) != syn drop; } }`,
  ],
  ['a dormant table', `table inet fw { flags dormant; chain f { ${base} policy drop; } }`],
  [
    'chains at other hooks',
    `table inet fw { chain f { type filter hook output priority 0; policy accept; meta l4proto tcp drop; } }`,
  ],
]

/** Rulesets that may drop an uplink's packets, or surely do, and which. */
const UNCERTAIN: readonly (readonly [title: string, ruleset: string, certain: boolean])[] = [
  ['a limit of drops', `table inet fw { chain f { ${base} limit rate over 1/second drop; } }`, false],
  [
    'a limit of accepted packets',
    `table inet fw { chain f { ${base} policy drop; limit rate 1/second accept; } }`,
    false,
  ],
  [
    'a quota of accepted packets',
    `table inet fw { chain f { ${base} policy drop; quota until 1 mbytes accept; } }`,
    false,
  ],
  ['a quota', `table inet fw { chain f { ${base} quota over 1000 mbytes drop; } }`, false],
  ['a group of links', `table inet fw { chain f { ${base} iifgroup 0 drop; } }`, false],
  ['a type of links', `table inet fw { chain f { ${base} iiftype ether drop; } }`, false],
  ['a type of packets', `table inet fw { chain f { ${base} meta pkttype host drop; } }`, false],
  ['an original address', `table ip fw { chain f { ${base} ct original ip saddr 10.0.0.0/8 drop; } }`, false],
  [
    'a limit for each address',
    `table ip fw { set s { type ipv4_addr; flags dynamic; } chain f { ${base} add @s { ip saddr limit rate over 1/second } drop; } }`,
    false,
  ],
  [
    'an early return that is not known',
    `table inet fw { chain f { ${base} iifgroup 7 return; drop; } }`,
    false,
  ],
  [
    'a mark that is not known',
    `table inet fw { chain f { ${base} iifgroup 0 meta mark set 1; meta mark 1 drop; } }`,
    false,
  ],
  ['a mark', `table inet fw { chain f { ${base} meta mark set 1; meta mark 1 drop; } }`, true],
  ['a mark of the connection', `table inet fw { chain f { ${base} ct mark set 1; ct mark 1 drop; } }`, true],
  ['a named counter', `table inet fw { counter c { } chain f { ${base} counter name "c" drop; } }`, true],
  ['packets after the first', `table inet fw { chain f { ${base} ct state established drop; } }`, true],
  [
    'the first packet by its flags',
    `table inet fw { chain f { ${base} tcp flags & (syn | ack) == syn drop; } }`,
    true,
  ],
  [
    'packets after the first, of one direction',
    `table inet fw { chain f { ${base} ct direction original ct state established drop; } }`,
    true,
  ],
  [
    'a concatenation',
    `table inet fw { chain f { ${base} ct state . oifname vmap { new . "up" : drop }; } }`,
    true,
  ],
]

for (const [title, ruleset, certain] of UNCERTAIN) {
  nftTest(`a warning says whether packets are dropped for certain: ${title}`, async (t) => {
    const { router, nft, inside } = await namedWorld(t)
    nft(ruleset)
    const warnings = forwardWarnings(await connectUplink(inside, { via: router }))
    t.is(warnings.length, 1)
    t.is(warnings[0]?.certain, certain)
    t.regex(warnings[0]?.message ?? '', certain ? / drops / : / may drop /)
    const open = await connectUplink(inside, { via: router, openForward: true })
    t.deepEqual(open.warnings, [])
    await connects(t, inside)
    await open.disconnect()
  })
}

for (const [title, ruleset] of PASSING) {
  nftTest(`no warning: ${title}`, async (t) => {
    const { router, nft, inside } = await namedWorld(t)
    nft(ruleset)
    await using uplink = await connectUplink(inside, { via: router })
    t.deepEqual(forwardWarnings(uplink), [])
    await connects(t, inside)
  })
}

const dockerTest = toolTest('iptables-nft', 'ip6tables-nft', 'ip')

dockerTest('Docker: the chain DOCKER-USER is opened, and iptables still lists its tables', async (t) => {
  const { router, run, inside } = await namedWorld(t)
  for (const program of ['iptables-nft', 'ip6tables-nft']) {
    run(`${program} -P FORWARD DROP; ${program} -N DOCKER-USER; ${program} -N DOCKER-FORWARD;
      ${program} -A DOCKER-USER -j RETURN; ${program} -A FORWARD -j DOCKER-USER; ${program} -A FORWARD -j DOCKER-FORWARD;
      ${program} -A DOCKER-FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT;
      ${program} -A DOCKER-FORWARD -i docker0 -j ACCEPT`)
  }
  const before = await snapshot(router)
  const saved = run('iptables-nft -S; ip6tables-nft -S')
  const uplink = await connectUplink(inside, { via: router })
  const warnings = forwardWarnings(uplink)
  t.deepEqual(
    warnings.map(({ family, table, chain }) => [family, table, chain]),
    [
      ['ip', 'filter', 'FORWARD'],
      ['ip6', 'filter', 'FORWARD'],
    ],
  )
  await fails(t, inside)
  for (const { opens } of warnings) run(opens.replaceAll(/^(ip6?tables)/gm, '$1-nft'))
  await connects(t, inside)
  t.deepEqual(forwardWarnings(await connectUplink(inside, { via: router })), [])
  for (const { opens } of warnings)
    run(opens.replaceAll(/^(ip6?tables)/gm, '$1-nft').replaceAll(' -I ', ' -D '))
  await connectUplink(inside, { via: router, openForward: true })
  await connects(t, inside)
  const opened = run('iptables-nft -S; ip6tables-nft -S')
  t.regex(opened, /-A DOCKER-USER -i uplink-[0-9a-f]{8} .*-j ACCEPT/)
  t.regex(
    opened,
    /-A DOCKER-USER -o uplink-[0-9a-f]{8} -m conntrack --ctstate RELATED,ESTABLISHED .*-j ACCEPT/,
  )
  await uplink.disconnect()
  // Counters have counted.
  t.deepEqual({ ...(await snapshot(router)), rules: '' }, { ...before, rules: '' })
  t.is(run('iptables-nft -S; ip6tables-nft -S'), saved)
})

nftTest('a chain that was flushed, or made anew, is opened by the next call for any namespace', async (t) => {
  const { router, nft, run, inside } = await namedWorld(t)
  const { netns: other } = await sandbox(t)
  const ruleset = `table inet fw { chain f { ${base} policy drop; } }`
  nft(ruleset)
  const before = await snapshot(router)
  const uplink = await connectUplink(inside, { via: router, openForward: true })
  run('nft flush ruleset')
  nft(ruleset)
  await fails(t, inside)
  const second = await connectUplink(other, { via: router })
  await connects(t, inside)
  t.is(forwardWarnings(second).length, 1)
  await fails(t, other)
  await uplink.disconnect()
  await second.disconnect()
  t.deepEqual(await snapshot(router), before)
})

nftTest('what was opened is closed also in a table that was made dormant meanwhile', async (t) => {
  const { router, nft, inside } = await namedWorld(t)
  nft(`table inet fw { chain f { ${base} policy drop; } }`)
  const before = await snapshot(router)
  const uplink = await connectUplink(inside, { via: router, openForward: true })
  nft('add table inet fw { flags dormant; }')
  await uplink.disconnect()
  nft('add table inet fw')
  t.deepEqual(await snapshot(router), before)
})

nftTest('the chains are opened for a bridge, as long as an uplink there wants it', async (t) => {
  const { router, nft, inside } = await namedWorld(t)
  nft(`table inet fw { chain f { ${base} policy drop; } }`)
  const before = await snapshot(router)
  const uplink = await connectUplink(inside, { via: router, bridge: 'lan', openForward: true })
  t.deepEqual(uplink.warnings, [])
  await connects(t, inside)
  await uplink.disconnect()
  t.deepEqual(await snapshot(router), before)
})

nftTest('a table that another process owns: a warning, and no call fails', async (t) => {
  const { router, inside } = await namedWorld(t)
  const { netns: other } = await sandbox(t)
  const before = await snapshot(router)
  const owner = await Nftables.open({ netns: router })
  await owner.addTable({ family: 'inet', name: 'own', flags: ['owner'] })
  const chain = { family: 'inet', table: 'own', name: 'f', type: 'filter', hook: 'forward' } as const
  await owner.addChain({ ...chain, priority: 'filter', policy: 'drop' })
  for (const netns of [inside, inside, other]) {
    const { warnings } = await connectUplink(netns, { via: router, openForward: true })
    t.like(warnings[0], { kind: 'forward', table: 'own', opens: '' })
    t.regex(warnings[0]?.message ?? '', /only the process that owns the table/)
  }
  for (const netns of [inside, other]) await disconnectUplink(netns, { via: router })
  owner.close()
  while ((await snapshot(router)).rules.includes('own')) await sleep(10)
  t.deepEqual(await snapshot(router), before)
})

const OPENINGS: readonly (readonly [title: string, ruleset: string, opens: RegExp])[] = [
  [
    'a table of the family inet is not iptables’',
    `table inet filter { chain FORWARD { ${base} policy drop; } }`,
    /^insert rule inet filter FORWARD /,
  ],
  [
    'a table with what iptables does not read is not iptables’',
    `table ip filter { chain FORWARD { ${base} policy drop; ct state established accept; } }`,
    /^insert rule ip filter FORWARD /,
  ],
  [
    'a chain with another priority than iptables’',
    `table ip filter { chain FORWARD { type filter hook forward priority 10; policy drop; } }`,
    /^insert rule ip filter FORWARD /,
  ],
  [
    'DOCKER-USER behind a drop',
    `table ip filter { chain DOCKER-USER { } chain FORWARD { ${base} iifname "uplink-*" drop; jump DOCKER-USER; } }`,
    /^iptables -I FORWARD /,
  ],
  [
    'DOCKER-USER with a condition',
    `table ip filter { chain DOCKER-USER { } chain FORWARD { ${base} policy drop; iifname "eth9" jump DOCKER-USER; } }`,
    /^iptables -I FORWARD /,
  ],
]

for (const [title, ruleset, opens] of OPENINGS) {
  nftTest(`the commands that open a chain: ${title}`, async (t) => {
    const { router, nft, inside } = await namedWorld(t)
    nft(ruleset)
    const [warning] = forwardWarnings(await connectUplink(inside, { via: router }))
    t.regex(warning?.opens ?? '', opens)
    const open = await connectUplink(inside, { via: router, openForward: true })
    t.deepEqual(open.warnings, [])
    await connects(t, inside)
    await open.disconnect()
  })
}

nftTest('the link that packets leave by is the one of the router’s rules', async (t) => {
  const { router, nft, run, inside } = await namedWorld(t)
  run(`ip link add vpn type veth peer name vpn2; ip link set vpn up; ip link set vpn2 up
    ip addr add 10.66.0.1/24 dev vpn; ip route add default via 198.51.100.2
    ip route add default via 10.66.0.2 table 77; ip rule add from 10.55.0.0/24 lookup 77`)
  nft(`table ip fw { chain f { ${base} oifname "vpn" drop; } }`)
  const uplink = await connectUplink(inside, { via: router, subnet: '10.55.0.0/24' })
  t.like(forwardWarnings(uplink)[0], { table: 'fw', chain: 'f' })
  await uplink.disconnect()
  const other = await connectUplink(inside, { via: router, subnet: '10.56.0.0/24' })
  t.deepEqual(forwardWarnings(other), [])
  await other.disconnect()
})

nftTest('names that nft cannot read are not offered', async (t) => {
  const { router, inside } = await namedWorld(t)
  await using nft = await Nftables.open({ netns: router })
  for (const name of ['é', 'accept']) {
    await nft.addTable({ family: 'inet', name: 'fw' })
    const chain = { family: 'inet', table: 'fw', name, type: 'filter', hook: 'forward' } as const
    await nft.addChain({ ...chain, priority: 'filter', policy: 'drop' })
    const uplink = await connectUplink(inside, { via: router })
    t.like(uplink.warnings[0], { kind: 'forward', chain: name, opens: '' })
    const open = await connectUplink(inside, { via: router, openForward: true })
    t.deepEqual(open.warnings, [])
    await open.disconnect()
    await nft.deleteTable({ family: 'inet', table: 'fw' })
  }
})

nftTest('a bridge of others that is down: a warning', async (t) => {
  const { router, run, inside } = await namedWorld(t)
  run('ip link add br7 type bridge; ip addr add 10.7.0.1/24 dev br7')
  const uplink = await connectUplink(inside, { via: router, bridge: 'br7' })
  t.like(uplink.warnings[0], { kind: 'bridge', bridge: 'br7' })
  run('ip link set br7 up')
  t.deepEqual((await connectUplink(inside, { via: router, bridge: 'br7' })).warnings, [])
  await uplink.disconnect()
})

const legacyTest = toolTest('iptables-legacy', 'ip')

legacyTest('rules of iptables-legacy cannot be seen: a warning says so', async (t) => {
  const { router, run, inside } = await namedWorld(t)
  try {
    run('iptables-legacy -S')
  } catch (error) {
    t.log(`this kernel has no iptables-legacy: ${error}`)
    t.pass()
    return
  }
  await using uplink = await connectUplink(inside, { via: router })
  const [warning] = uplink.warnings
  t.is(warning?.kind, 'iptables-legacy')
  t.regex(warning?.message ?? '', /iptables-legacy -t filter -S FORWARD/)
})
