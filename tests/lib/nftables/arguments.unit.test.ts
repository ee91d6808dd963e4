import test from 'ava'
import { ArgumentError, action, match, type NftRulePart } from '../../../lib/index.js'
import { collectChanges } from '../../../lib/nftables/transaction.js'
import { pureChanges as changes } from './pure-changes.js'

const table = { family: 'inet', table: 'filter' } as const
const chain = { ...table, name: 'c' } as const
const set = { ...table, name: 's', type: 'ipv4_addr' } as const
const rule = (part: NftRulePart, family: 'inet' | 'ip' | 'ip6' = 'inet') =>
  changes.addRule({ family, table: 'filter', chain: 'c', expressions: [part] })

/** Calls with a wrong argument, and the whole error message. */
const WRONG: readonly (readonly [() => unknown, string])[] = [
  [() => collectChanges(undefined as never), 'build must be a function, got undefined'],
  [
    () => changes.addChain({ ...chain, hook: 'egress' }),
    'hook cannot be "egress" in a table of family inet; did you mean "ingress"? Known: prerouting, input, forward, output, postrouting, ingress',
  ],
  [
    () => changes.addChain({ ...chain, hook: 'input', priority: 'srcnat' }),
    'priority "srcnat" is for chains of hook postrouting, but the chain\'s hook is input',
  ],
  [
    () => changes.addChain({ ...chain, hook: 'input', priority: 'early' as never }),
    'priority cannot be "early"; known: raw, mangle, dstnat, filter, security, srcnat, or a whole number',
  ],
  [
    () => changes.addChain({ ...chain, policy: 'drop', devices: ['lo'] }),
    'hook is missing: policy, devices can only be given for a base chain, which has a hook',
  ],
  [
    () => changes.addTable({ family: 'ipv4' as never, name: 't' }),
    'family cannot be "ipv4"; known: inet, ip, arp, netdev, bridge, ip6',
  ],
  [
    () => changes.addSet({ ...set, elements: ['10.0.0.0/8'] }),
    'elements.0 must be a single value (prefixes and ranges need a set with `interval: true`), got "10.0.0.0/8"',
  ],
  [
    () => changes.addSet({ ...set, type: 'inet_service', elements: [1, 70_000] }),
    'elements.1 must be a whole number from 0 to 65535, got 70000',
  ],
  [
    () => changes.addSet({ ...set, map: 'mark', elements: ['10.0.0.1'] }),
    'elements.0.data must be given: it is a map, got undefined',
  ],
  [
    () => changes.addSet({ ...set, type: ['ipv4_addr', 'inet_service'], elements: ['10.0.0.1'] }),
    'elements.0 must be a key of 2 fields: [ipv4_addr, inet_service], got "10.0.0.1"',
  ],
  [
    () => changes.addSet({ ...set, elements: [{ key: '10.0.0.1', data: 'accept' }] }),
    'elements.0.data is only allowed in maps; this set has no `map` type',
  ],
  [
    () => changes.addSet({ ...set, elements: [{ key: '10.0.0.1', timeout: 0.5 }] }),
    'elements.0.timeout must be a whole number of milliseconds, 0 or more, got 0.5',
  ],
  [
    () => changes.addSet({ ...set, map: 'verdict', elements: [{ key: '10.0.0.1', data: 'allow' as never }] }),
    'elements.0.data cannot be "allow"; known: accept, drop, continue, return, or { jump: chain }, { goto: chain }',
  ],
  [
    () => changes.addRule({ ...table, chain: 'c', expressions: { name: 'counter' } as never }),
    'expressions must be an array of expressions, got {"name":"counter"}',
  ],
  [() => rule(match.mark()), 'mark needs at least one value'],
  [
    () => rule(match.ctState('open')),
    'ctState cannot be "open"; known: invalid, established, related, new, untracked, or a whole number from 0 to 4294967295',
  ],
  [
    () => rule(match.ctState('estabished')),
    'ctState cannot be "estabished"; did you mean "established"? Known: invalid, established, related, new, untracked, or a whole number from 0 to 4294967295',
  ],
  [() => rule(match.saddr()), 'saddr needs at least one value'],
  [() => rule(match.ctState()), 'ctState needs at least one value'],
  [
    () => rule(match.mark('0x11/0xf0')),
    'mark must be a value without bits outside of its mask: it would never match, got "0x11/0xf0"',
  ],
  [
    () => rule(match.dport('icmp' as never, 80)),
    'protocol cannot be "icmp" in a match of ports; known: tcp, udp, sctp, dccp, udplite',
  ],
  [
    () => rule(match.dport('tpc' as never, 80)),
    'protocol cannot be "tpc" in a match of ports; did you mean "tcp"? Known: tcp, udp, sctp, dccp, udplite',
  ],
  [() => rule(match.dport('tcp', 'ssh')), 'dport must be a whole number from 0 to 65535, got "ssh"'],
  [
    () => rule(match.dport('tcp', '9-1')),
    'dport must be a range whose first value is not above its last, got "9-1"',
  ],
  [
    () => rule(match.saddr('10.0.0.0/33')),
    'saddr must be a value with a prefix length from 0 to 32, got "10.0.0.0/33"',
  ],
  [
    () => rule(match.iifname as never),
    'expressions.0 is match.iifname itself: call it, as in match.iifname(…)',
  ],
  [
    () => rule(match.ip.saddr as never),
    'expressions.0 is match.ip.saddr itself: call it, as in match.ip.saddr(…)',
  ],
  [() => rule(match.ip as never), /^expressions.0 is match.ip itself: call one of .*saddr, daddr$/ as never],
  [
    () => rule(action.accept as never),
    'expressions.0 is action.accept itself: call it, as in action.accept(…)',
  ],
  [() => rule(match.not(match.iif as never)), 'part is match.iif itself: call it, as in match.iif(…)'],
  [
    () => rule('accept' as never),
    'expressions.0 must be a match, an action, or an expression { name, data }, got "accept"',
  ],
  [() => rule(action.accept('now' as never)), 'action.accept() takes no arguments'],
  [() => rule(action.notrack(1 as never)), 'action.notrack() takes no arguments'],
  [() => rule((action.jump as () => NftRulePart)()), 'chain must be the name of a chain, got undefined'],
  [() => rule(action.goto('')), 'chain must be the name of a chain, got ""'],
  [() => rule(match.mark('x')), 'mark must be a whole number from 0 to 4294967295, got "x"'],
  [
    () => rule(match.ip.saddr('10.0.0.1', '@blocked')),
    'ip saddr takes either values or one set: @blocked is among others',
  ],
  [
    () => rule(match.concat(['ip sadr' as never], ['10.0.0.1'])),
    /^fields cannot be "ip sadr"; did you mean "ip saddr"\?/ as never,
  ],
  [
    () => rule(match.iifname('*')),
    'iifname must be a name or the beginning of one: "*" matches every packet, got "*"',
  ],
  [() => rule(match.dport('tcp', '<0')), 'dport must be a bound that some value is within, got "<0"'],
  [() => rule(match.fib('mark', 'oif', 'missing')), 'flags must be flags with saddr or daddr, got "mark"'],
  [
    () => rule(action.updateSet('seen' as never, 'ip saddr')),
    'set must be the name of a set after "@": "@seen", got "seen"',
  ],
  [() => rule(match.fib(undefined as never, 'oif')), /^flags must be one of saddr, / as never],
  [
    () => rule([match.dport('tcp', 80), match.dport('udp', 53)]),
    'a rule cannot match tcp and udp: no packet is both',
  ],
  [
    () => rule([match.saddr('10.0.0.1'), match.ip6.daddr('::1')]),
    'a rule cannot match ip and ip6: no packet is both',
  ],
  [() => rule(action.vmap('tcp dport', [])), 'map must be at least one element, got []'],
  [() => rule(action.counter(5 as never)), 'name must be the name of a counter, or { key, map }, got 5'],
  [() => rule(action.quota({ bytes: -1 })), 'bytes must be a whole number of bytes, got -1'],
  [
    () => rule(action.setMark('ip saddr' as never)),
    'mark must be a value or a field of type mark, got "ip saddr"',
  ],
  [
    () => changes.addTable({ family: 'inet', name: 't', comment: 'x'.repeat(128) }),
    /^comment must be text of at most 127 bytes without NUL, got / as never,
  ],
  [
    () => changes.addElements({ ...table, set: 's', type: 'ipv4_addr', elements: undefined as never }),
    'elements must be an array of elements, got undefined',
  ],
  [
    () => rule(match.saddr('2001:db8::1'), 'ip'),
    'an IPv6 match cannot be in a table of family ip, which sees no IPv6',
  ],
  [
    () => rule(match.not(action.counter())),
    'match.not can only invert comparisons, but its part ends with an expression "counter"',
  ],
  [
    () => rule(action.dnat('nowhere:')),
    'to must be an address, a port or both (192.0.2.1, 192.0.2.1:80, [2001:db8::1]:80, :80; each may be a range), got "nowhere:"',
  ],
  [
    () => rule(action.dnat('10.0.0.1'), 'ip6'),
    'to must be an address of the table\'s family, ip6, got "10.0.0.1"',
  ],
  [() => rule(action.limit({ rate: 0, per: 'second' })), 'rate must be a whole number, 1 or more, got 0'],
  [
    () => rule(action.limit({ rate: 1, per: 'fortnight' as never })),
    'per cannot be "fortnight"; known: second, minute, hour, day, week',
  ],
  [
    () => rule(action.limit({ rate: 1, per: 'day', unit: 'gbytes' as never })),
    'unit cannot be "gbytes"; did you mean "bytes"? Known: packets, bytes, kbytes, mbytes',
  ],
  [
    () => rule(action.reject('rudely' as never)),
    'how cannot be "rudely"; known: tcp-reset, no-route, port-unreachable, host-unreachable, admin-prohibited',
  ],
  [
    () => collectChanges((async () => {}) as unknown as () => void),
    'build must be a synchronous function: what it changes after an await would not be sent',
  ],
]

for (const [call, message] of WRONG) {
  test(`an error says: ${message}`, (t) => {
    t.throws(call, { instanceOf: ArgumentError, message })
  })
}

test('the error for an unknown data type lists all known ones', (t) => {
  t.throws(() => changes.addSet({ ...set, type: 'ip' as never }), {
    message: /^type cannot be "ip"; known: nf_proto, .*ipv4_addr, ipv6_addr, .*ifname/,
  })
})

/** An unknown key of each object that has keys, and the nearest one. */
const MISSPELT: readonly (readonly [(key: object) => unknown, string, string])[] = [
  [(key) => changes.addTable({ family: 'ip', name: 't', ...key }), 'flag', 'flags'],
  [(key) => changes.deleteTable({ ...table, ...key }), 'tabel', 'table'],
  [(key) => changes.addChain({ ...chain, ...key }), 'priorty', 'priority'],
  [(key) => changes.deleteChain({ ...table, chain: 'c', ...key }), 'chian', 'chain'],
  [(key) => changes.addRule({ ...table, chain: 'c', expressions: [], ...key }), 'coment', 'comment'],
  [(key) => changes.insertRule({ ...table, chain: 'c', expressions: [], ...key }), 'posision', 'position'],
  [
    (key) => changes.replaceRule({ ...table, chain: 'c', expressions: [], handle: 1n, ...key }),
    'handel',
    'handle',
  ],
  [(key) => changes.deleteRules({ ...table, ...key }), 'chian', 'chain'],
  [(key) => changes.addSet({ ...set, ...key }), 'intervals', 'interval'],
  [(key) => changes.deleteSet({ ...table, set: 's', ...key }), 'sets', 'set'],
  [
    (key) => changes.addElements({ ...table, set: 's', type: 'mark', elements: [], ...key }),
    'element',
    'elements',
  ],
  [(key) => changes.flushSet({ ...table, set: 's', ...key }), 'Set', 'set'],
  [(key) => changes.addSet({ ...set, elements: [{ key: '10.0.0.1', ...key }] }), 'timout', 'timeout'],
  [(key) => rule(action.limit({ rate: 1, per: 'day', ...key })), 'bursts', 'burst'],
  [(key) => rule(action.log({ ...key })), 'prefx', 'prefix'],
  [(key) => rule(action.masquerade({ ...key })), 'port', 'ports'],
  [(key) => rule(action.snat('192.0.2.1', { ...key })), 'flag', 'flags'],
  [(key) => rule(action.redirect(80, { ...key })), 'flag', 'flags'],
]

for (const [call, key, nearest] of MISSPELT) {
  test(`the unknown key is refused in ${/\w+\.\w+/.exec(String(call))?.[0]}: ${key}, not ${nearest}`, (t) => {
    const hint = new RegExp(`has no option "${key}"; did you mean "${nearest}"\\?`)
    t.throws(() => call({ [key]: 'x' }), { instanceOf: ArgumentError, message: hint })
  })
}
