import fc from 'fast-check'
import type { Field } from './fields.js'
import { type Fragment, maybe, oneOf, type Part, plain, say } from './fragment.js'
import { concatenable, keyable, mapTo } from './matches.js'
import { interval, numbers, showInterval, type Text, types, uint, type ValueType, value } from './types.js'

/** Where a rule is. */
export interface Place {
  readonly family: 'ip' | 'ip6' | 'inet' | 'bridge' | 'netdev' | 'arp'
  readonly type: 'filter' | 'nat' | 'route'
  readonly hook: string
  /** What the rule is about. */
  readonly network: 'ip' | 'ip6' | 'arp' | 'vlan' | undefined
  readonly transport: string | undefined
  /** The fields that a rule like this can look at. */
  readonly fields: readonly Field[]
}

const mark = value(types.mark)
const port = value(types.inet_service)
const ports = interval(types.inet_service).map((it) => showInterval(types.inet_service, it))
const fixed = (text: Text, ...needs: string[]): Part => text.map((one) => ({ text: one, needs }))
const withObject = (text: string, declaration: Text): Part =>
  declaration.map((need): Fragment => ({ text, needs: [need] }))

const rate = fc.oneof(
  say`${fc.constantFrom('1', '10', '4294967')}/${fc.constantFrom('second', 'minute', 'hour', 'day', 'week')}`,
  say`${fc.constantFrom('10/second burst 20', '3/minute burst 1', '400/hour burst 7')} packets`,
  say`${fc.constantFrom('1', '512', '1000')} ${fc.constantFrom('bytes', 'kbytes')}/${fc.constantFrom('second', 'hour')}`,
  say`${fc.constantFrom('10', '1023')} mbytes/second burst ${fc.constantFrom('10 mbytes', '1025 bytes', '8 kbytes')}`,
)
const limit = say`limit rate ${fc.constantFrom('', 'over ')}${rate}`
const size = fc.constantFrom('1000 bytes', '10 mbytes', '25 kbytes', '1025 bytes')
const quota = say`quota ${fc.constantFrom('', 'over ', 'until ')}${size}${maybe(fc.constantFrom('used 500 bytes', 'used 1 bytes'))}`
const counter = fc.constantFrom('counter', 'counter packets 3 bytes 177', 'counter packets 0 bytes 0')
const connections = say`ct count ${fc.constantFrom('', 'over ')}${fc.constantFrom('1', '20')}`

/** What counts or limits: in a rule, and for each element of a set. */
const stateful = fc.oneof(counter, limit, quota, connections)

const log = fc.oneof(
  say`log${maybe(fc.constantFrom('prefix "web: "', 'prefix "[ a ] "', 'prefix "x"'))}${maybe(
    fc.constantFrom('level emerg', 'level warn', 'level info', 'level debug', 'level notice'),
  )}${maybe(fc.constantFrom('flags all', 'flags tcp sequence', 'flags tcp sequence,options', 'flags ip options flags skuid', 'flags ether'))}`,
  say`log${maybe(fc.constantFrom('prefix "group"'))} group ${fc.constantFrom('0', '2', '65535')}${maybe(
    fc.constantFrom('snaplen 64', 'snaplen 0'),
  )}${maybe(fc.constantFrom('queue-threshold 20'))}`,
  fc.constant('log level audit'),
)

const queue = fc.constantFrom(
  'queue',
  'queue to 3',
  'queue num 0',
  'queue flags bypass to 1',
  'queue to 1-4',
  'queue flags bypass,fanout to 0-65535',
  'queue flags fanout to 2-3',
  'queue to symhash mod 2',
  'queue flags bypass to numgen inc mod 3 offset 2',
  'queue to jhash oif . meta mark mod 32',
  'queue to oifname map { "eth0" : 0, "ppp0" : 2 }',
)

/** What can be assigned to something of a type: constants, fields, arithmetic and maps. */
function assigned(text: string, type: ValueType, { fields }: Place, sources: readonly string[]): Part {
  const left = fc.constant(text)
  const forms: Part[] = [plain(say`${left} set ${value(type)}`)]
  const keys = fields.filter((field) => keyable(field) && !EXTENSION.test(field.text))
  if (keys.length > 0)
    forms.push(
      mapTo(keys, type, text).map(
        ({ text: map, needs }): Fragment => ({ text: `${text} set ${map}`, needs }),
      ),
    )
  const source = sources.length > 0 ? fc.constantFrom(...sources) : undefined
  if (source && 'bits' in type) {
    const operand = numbers(type)
      .filter((mask) => mask !== 0n)
      .map(type.show)
    forms.push(
      plain(say`${left} set ${source}`),
      plain(say`${left} set ${source} & ${operand}`),
      plain(say`${left} set ${source} | ${operand}`),
      plain(say`${left} set ${source} ^ ${operand}`),
      plain(say`${left} set ${source} & ${operand} | ${operand}`),
      plain(say`${left} set ${source} & ${operand} ^ ${operand}`),
      plain(say`${left} set (${source} ^ ${operand}) & ${operand}`),
      plain(say`${left} set ${source} << ${fc.constantFrom('1', '8', '31')}`),
      plain(say`${left} set ${source} >> ${fc.constantFrom('1', '4', '16')}`),
      plain(say`${left} set (${source} << 8) & ${operand}`),
    )
  }
  return fc.oneof(...forms)
}

const MARKS = ['meta mark', 'ct mark']
const HASHES = ['numgen inc mod 7', 'numgen random mod 8 offset 16', 'symhash mod 4']

/** Extension headers, which nft(8) does not read in such an assignment. */
const EXTENSION = /^(frag|hbh|dst|rt|srh|mh|rt0) /

/**
 * The fields that can be written, with the values that are. Where the checksum spans more than the field, nft(8) takes no
 * maps.
 */
const MANGLED: readonly {
  text: string
  type: ValueType
  network?: string
  transport?: string
  whole?: true
}[] = [
  { text: 'ip dscp', type: types.dscp, network: 'ip' },
  { text: 'ip ecn', type: types.ecn, network: 'ip' },
  { text: 'ip ttl', type: uint(8), network: 'ip' },
  { text: 'ip saddr', type: types.ipv4_addr, network: 'ip', whole: true },
  { text: 'ip id', type: uint(16), network: 'ip', whole: true },
  { text: 'ip6 daddr', type: types.ipv6_addr, network: 'ip6', whole: true },
  { text: 'ip6 hoplimit', type: uint(8), network: 'ip6' },
  { text: 'ip6 dscp', type: types.dscp, network: 'ip6' },
  { text: 'ip6 flowlabel', type: uint(20), network: 'ip6' },
  { text: 'ip6 ecn', type: types.ecn, network: 'ip6' },
  { text: 'tcp dport', type: types.inet_service, transport: 'tcp', whole: true },
  { text: 'tcp sport', type: types.inet_service, transport: 'tcp' },
  { text: 'tcp window', type: uint(16), transport: 'tcp', whole: true },
  { text: 'tcp flags', type: types.tcp_flag, transport: 'tcp' },
  { text: 'tcp option maxseg size', type: uint(16), transport: 'tcp' },
  { text: 'udp checksum', type: uint(16), transport: 'udp', whole: true },
  { text: 'udp dport', type: types.inet_service, transport: 'udp', whole: true },
  { text: 'arp operation', type: types.arp_op, network: 'arp' },
  { text: 'ether saddr', type: types.ether_addr },
]

function mangling(place: Place): Part[] {
  const { family, network, transport } = place
  return MANGLED.filter(
    (one) =>
      (one.network === undefined || one.network === network) &&
      (one.transport === undefined || one.transport === transport) &&
      (one.text !== 'ether saddr' || family === 'bridge' || family === 'netdev'),
  ).map(({ text, type, whole }) => {
    const fields = whole ? place.fields : []
    return assigned(text, type, { ...place, fields }, [])
  })
}

const timeouts = maybe(fc.constantFrom('timeout 10s', 'timeout 1h', 'timeout 1d2h3m4s'))

/** Statements that add to a set. */
function dynamic({ fields }: Place): Part {
  const keys = fields.filter((field) => concatenable(field) && field.type.name !== undefined)
  if (keys.length === 0) return oneOf('counter')
  const some = fc.uniqueArray(fc.constantFrom(...keys), {
    minLength: 1,
    maxLength: 2,
    selector: ({ text }) => text,
  })
  return some.chain((list) => {
    const key = fc.constant(list.map(({ text }) => text).join(' . '))
    const named = list.map(({ type }) => type.name).join(' . ')
    const type = fc.constantFrom(`type ${named}`, `typeof ${list.map(({ text }) => text).join(' . ')}`)
    const set = say`set d§ { ${type}; size 1000; flags dynamic,timeout; ${fc.constantFrom('', 'timeout 5m; ')}}`
    const plainSet = say`set d§ { ${type}; size 1000; flags dynamic; }`
    const map = fc.constant(`map d§ { type ${named} : mark; size 100; flags dynamic,timeout; }`)
    const using = (text: Text, declared: Text) =>
      fc.tuple(text, declared).map(([one, need]): Fragment => ({ text: one, needs: [need] }))
    return fc.oneof(
      using(say`${fc.constantFrom('add', 'update')} @d§ { ${key}${timeouts} }`, set),
      using(say`${fc.constantFrom('add', 'update')} @d§ { ${key}${timeouts} ${stateful} }`, set),
      using(say`${fc.constantFrom('add', 'update')} @d§ { ${key} ${stateful} }`, plainSet),
      using(say`${fc.constantFrom('add', 'update')} @d§ { ${key} counter ${limit} }`, plainSet),
      using(say`delete @d§ { ${key} }`, set),
      using(
        say`${fc.constantFrom('add', 'update')} @d§ { ${key}${timeouts} : ${fc.oneof(mark, fc.constantFrom('meta mark', 'ct mark'))} }`,
        map,
      ),
    )
  })
}

/** References to named objects. */
function objects({ hook, transport, network }: Place): Part[] {
  const parts = [
    withObject(
      'counter name "o§"',
      fc.constantFrom('counter o§ { packets 2 bytes 99; }', 'counter o§ { comment "c"; }'),
    ),
    withObject('quota name "o§"', say`quota o§ { ${fc.constantFrom('', 'over ')}${size}; }`),
    withObject('limit name "o§"', say`limit o§ { rate ${fc.constantFrom('', 'over ')}${rate}; }`),
    fixed(
      fc.constant('counter name numgen inc mod 2 map { 0 : "o§", 1 : "p§" }'),
      'counter o§ { packets 0 bytes 0; }',
      'counter p§ { packets 1 bytes 2; }',
    ),
  ]
  const l3 = network === 'ip6' ? 'ip6' : 'ip'
  if (/prerouting|output/.test(hook) && transport === 'tcp') {
    parts.push(
      withObject(
        'ct helper set "o§"',
        fc.constant(`ct helper o§ { type "ftp" protocol tcp; l3proto ${l3}; }`),
      ),
      withObject(
        'ct timeout set "o§"',
        fc.constant(
          `ct timeout o§ { protocol tcp; l3proto ${l3}; policy = { established : 120, close : 20 }; }`,
        ),
      ),
      withObject(
        'ct expectation set "o§"',
        fc.constant(`ct expectation o§ { protocol tcp; dport 9876; timeout 2m; size 12; l3proto ${l3}; }`),
      ),
    )
  }
  if (/input|forward/.test(hook) && transport === 'tcp')
    parts.push(
      withObject(
        'synproxy name "o§"',
        fc.constant('synproxy o§ { mss 1460; wscale 7; timestamp sack-perm; }'),
      ),
      oneOf(
        'synproxy',
        'synproxy mss 1460 wscale 9',
        'synproxy mss 536 timestamp sack-perm',
        'synproxy wscale 2',
      ),
    )
  return parts
}

function rejects({ family, network, transport }: Place): Part {
  const forms = ['reject']
  if (transport === 'tcp') forms.push('reject with tcp reset')
  if (family === 'inet' || family === 'bridge' || family === 'netdev')
    forms.push(
      'reject with icmpx port-unreachable',
      'reject with icmpx admin-prohibited',
      'reject with icmpx no-route',
      'reject with icmpx host-unreachable',
    )
  if (network === 'ip')
    forms.push(
      'reject with icmp host-prohibited',
      'reject with icmp port-unreachable',
      'reject with icmp prot-unreachable',
      'reject with icmp admin-prohibited',
    )
  if (network === 'ip6')
    forms.push(
      'reject with icmpv6 no-route',
      'reject with icmpv6 policy-fail',
      'reject with icmpv6 port-unreachable',
      'reject with icmpv6 reject-route',
    )
  return oneOf(...forms)
}

/** Statements that can be anywhere in a rule. */
export function statements(place: Place): Part[] {
  const { family, type, hook, network, transport } = place
  const isIp = family === 'ip' || family === 'ip6' || family === 'inet'
  const parts = [
    plain(counter),
    plain(limit),
    plain(quota),
    plain(log),
    dynamic(place),
    assigned('meta mark', types.mark, place, isIp ? MARKS : MARKS.filter((one) => one !== 'ct mark')),
    assigned('meta priority', types.classid, place, []),
    plain(say`meta mark set ${fc.constantFrom(...HASHES)}`),
    oneOf('meta nftrace set 1', 'meta priority set root', 'meta priority set none'),
    ...objects(place),
    ...mangling(place),
  ]
  if (isIp) {
    parts.push(
      assigned('ct mark', types.mark, place, MARKS),
      plain(connections),
      oneOf('ct event set new,destroy', 'ct event set reply', 'ct label set 5', 'ct label set 127'),
    )
    if (/prerouting|output/.test(hook) && type === 'filter')
      parts.push(oneOf('notrack'), assigned('ct zone', uint(16), place, []), oneOf('ct original zone set 7'))
  }
  if (family === 'ip' || family === 'ip6') {
    if (network === 'ip')
      parts.push(
        oneOf(
          'dup to 10.0.0.9',
          'dup to 10.0.0.9 device "lo"',
          'dup to ip saddr map { 10.0.0.1 : 10.0.0.2 }',
        ),
      )
    if (network === 'ip6') parts.push(oneOf('dup to fd00::9', 'dup to fd00::9 device "lo"'))
  }
  if (family === 'netdev') parts.push(oneOf('dup to "lo"'))
  if (hook === 'forward' && isIp && (transport === 'tcp' || transport === 'udp'))
    parts.push(
      fixed(
        fc.constant('flow add @f§'),
        'flowtable f§ { hook ingress priority filter; devices = { "lo" }; }',
      ),
    )
  if (transport === 'tcp')
    parts.push(
      oneOf(
        'tcp option maxseg size set rt mtu',
        'reset tcp option sack-perm',
        'tcp option timestamp tsval set 7',
      ),
    )
  return parts
}

/** Verdicts, and other statements that end a rule. */
export function endings(place: Place): Part[] {
  const { family, type, hook, transport, network } = place
  const isIp = family === 'ip' || family === 'ip6' || family === 'inet'
  const parts = [oneOf('accept', 'drop', 'continue', 'return', 'jump other', 'goto other')]
  if (type === 'filter' && network !== 'arp' && /input|forward|output|prerouting|ingress/.test(hook))
    parts.push(rejects(place))
  if (type === 'filter' && family !== 'netdev' && family !== 'arp') parts.push(plain(queue))
  if (family === 'netdev') parts.push(oneOf('fwd to "lo"'))
  if (family === 'netdev' && network === 'ip') parts.push(oneOf('fwd ip to 10.0.0.1 device "lo"'))
  if (type === 'filter' && hook === 'prerouting' && isIp && (transport === 'tcp' || transport === 'udp')) {
    parts.push(plain(tproxy(place)))
  }
  if (type === 'nat') parts.push(nat(place))
  return parts
}

function tproxy({ family, network }: Place): Text {
  if (family === 'inet' && network === undefined) return say`tproxy to :${port}`
  const [word, address] = network === 'ip6' ? ['ip6', '[fd00::1]'] : ['ip', '127.0.0.1']
  const named = family === 'inet' ? `${word} ` : ''
  return fc.oneof(
    say`tproxy ${fc.constant(named)}to :${port}`,
    say`tproxy ${fc.constant(named)}to ${fc.constant(address as string)}:${port}`,
    say`tproxy ${fc.constant(named)}to ${fc.constant(address as string)}`,
  )
}

const natFlags = maybe(
  fc
    .uniqueArray(fc.constantFrom('random', 'fully-random', 'persistent'), { minLength: 1, maxLength: 3 })
    .map((flags) => flags.join(',')),
)

function nat(place: Place): Part {
  const { hook, family, network, transport } = place
  const hasPorts = transport === 'tcp' || transport === 'udp' || transport === 'sctp'
  const isSource = /postrouting|input/.test(hook)
  const toPorts: Text = hasPorts
    ? fc.oneof(fc.constant(''), say` to :${port}`, say` to :${ports}`)
    : fc.constant('')
  const forms: Part[] = []
  if (hook === 'postrouting') forms.push(plain(say`masquerade${toPorts}${natFlags}`))
  if (/prerouting|output/.test(hook)) {
    forms.push(plain(say`redirect${toPorts}${natFlags}`))
    if (hasPorts)
      forms.push(plain(say`redirect to :${fc.constant(transport)} dport map { 80 : 8080, 1000-2000 : 443 }`))
  }
  if (network !== 'ip' && network !== 'ip6') return forms.length > 0 ? fc.oneof(...forms) : oneOf('accept')
  const type = network === 'ip' ? types.ipv4_addr : types.ipv6_addr
  const verb = `${isSource ? 'snat' : 'dnat'}${family === 'inet' ? ` ${network}` : ''}`
  const bracketed = (text: Text): Text => (network === 'ip' ? text : say`[${text}]`)
  const address = value(type)
  const range = interval(type).map((it) => showInterval(type, { ...it, asPrefix: false }))
  const ranges = interval(type)
    .filter(({ from, to }) => from < to)
    .map((it) => showInterval(type, { ...it, asPrefix: false }).split('-'))
  const prefix = fc.constantFrom(
    ...(network === 'ip' ? ['192.168.2.0/24', '10.0.0.0/8', '1.2.3.4/32'] : ['fd00::/64', 'fd00:1::/48']),
  )
  const word = fc.constant(verb)
  const from = `${network} ${isSource ? 's' : 'd'}addr`
  const of = fc.constant(from)
  const addresses =
    network === 'ip' ? ['10.0.0.1', '192.168.0.0', '172.16.5.5'] : ['fd00::1', '2001:db8::', 'fe80::5']
  const one = fc.constantFrom(...addresses)
  const nets = network === 'ip' ? ['10.0.0.0/24', '10.1.0.0/16'] : ['fd00::/64', 'fd01::/48']
  const net = fc.constantFrom(...nets)
  const intoNets = network === 'ip' ? ['192.168.0.0/24', '172.16.0.0/16'] : ['fd0a::/64', 'fd0b::/48']
  forms.push(
    plain(say`${word} to ${address}${natFlags}`),
    plain(say`${word} to ${range}${natFlags}`),
    plain(say`${word} prefix to ${prefix}`),
    plain(say`${word} to ${of} map { ${one} : ${address} }`),
    plain(say`${word} to ${of} map { ${net} : ${address} }`),
    plain(say`${word} to ${of} map { ${net} : ${range} }`),
    plain(
      say`${fc.constant(verb)} prefix to ${of} map { ${fc.constant(`${nets[0]} : ${intoNets[0]}, ${nets[1]} : ${intoNets[1]}`)} }`,
    ),
    plain(say`${word} to numgen inc mod 2 map { 0 : ${one}, 1 : ${one} }`),
    plain(say`${word} to jhash ${of} mod 2 map { 0 : ${one}, 1 : ${one} }`),
    fixed(
      say`${word} to ${of} map @n§`,
      `map n§ { type ${type.name} : ${type.name}; elements = { ${addresses[0]} : ${addresses[2]} }; }`,
    ),
    fixed(
      say`${word} to ${of} map @n§`,
      `map n§ { type ${type.name} : interval ${type.name}; flags interval; elements = { ${nets[0]} : ${addresses[0]}-${addresses[0]}0 }; }`,
    ),
  )
  if (hasPorts) {
    const dport = fc.constant(`${transport} dport`)
    forms.push(
      plain(say`${word} to ${bracketed(address)}:${port}${natFlags}`),
      plain(say`${word} to ${bracketed(address)}:${ports}${natFlags}`),
      plain(
        say`${word} to ${ranges.map(([a, b]) => (network === 'ip' ? `${a}-${b}` : `[${a}]-[${b}]`))}:${ports}`,
      ),
      ...(family === 'inet' ? [] : [plain(say`${word} to :${port}`)]),
      plain(say`${word} to ${of} . ${dport} map { ${one} . 80 : ${one} . ${port} }`),
      plain(
        say`${word} to ${of} . ${dport} map { ${one} . 80 : ${one} . 1-${fc.constantFrom('5', '65535')} }`,
      ),
      plain(say`${word} to ${dport} map { 80 : ${one}, 443 : ${one} }`),
      plain(say`${word} to ${dport} map { 80 : ${one} . 8080, 443-500 : ${one} . 8443 }`),
      plain(say`${word} to ${bracketed(one)}:${dport} map { 22 : 2222, 80 : ${port} }`),
      fixed(
        say`${word} to ${of} . ${dport} map @n§`,
        `map n§ { type ${type.name} . inet_service : ${type.name} . inet_service; elements = { ${addresses[0]} . 80 : ${addresses[2]} . 8080 }; }`,
      ),
      fixed(
        say`${word} to ${dport} map @n§`,
        `map n§ { type inet_service : ${type.name} . inet_service; flags interval; elements = { 80-90 : ${addresses[1]} . 1 }; }`,
      ),
    )
  }
  return fc.oneof(...forms)
}
