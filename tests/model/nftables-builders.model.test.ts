import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import {
  action,
  match,
  Netns,
  Nftables,
  type NftElement,
  type NftKey,
  type NftRulePart,
  type NftSetSpec,
} from '../../lib/index.js'
import { stockEnv, toolTest } from '../helpers/needs.js'
import { modelParameters } from './parameters.js'

const nftTest = toolTest('nft')

function stock(
  netns: Netns,
  args: readonly string[],
  input = '',
): { readonly out: string; readonly error: string } {
  const run = netns.run(() => spawnSync('nft', args, { encoding: 'utf8', input, env: stockEnv }))
  return { out: run.stdout, error: run.status === 0 ? '' : run.stderr }
}

/* Rules: the same comparisons in nft(8)'s words and by builders. */

/** Values of a field as the builders take them. */
type Value = string | number

interface Field {
  readonly text: string
  readonly build: (...values: Value[]) => NftRulePart
  readonly value: fc.Arbitrary<Value>
  /** Whether its values have ranges. */
  readonly ranges: boolean
}

const UINT32 = 2 ** 32 - 1

/** Integers, the ends of the space among them. */
const integers = (max: number) =>
  fc.oneof(
    fc.integer({ min: 0, max: Math.min(max, 20) }),
    fc.integer({ min: 0, max }),
    fc.constantFrom(0, max),
  )

const ordered = (value: fc.Arbitrary<number>) =>
  fc.tuple(value, value).map(([a, b]): Value => (a === b ? a : `${Math.min(a, b)}-${Math.max(a, b)}`))

const integerValues = (max: number): fc.Arbitrary<Value> => fc.oneof(integers(max), ordered(integers(max)))

const ipv4Text = (value: number) => [24, 16, 8, 0].map((bits) => (value >>> bits) & 255).join('.')

const ipv4Values: fc.Arbitrary<Value> = fc.oneof(
  integers(UINT32).map(ipv4Text),
  fc.tuple(integers(UINT32), fc.integer({ min: 0, max: 31 })).map(([value, bits]) => {
    const network = bits === 0 ? 0 : (value & (-1 << (32 - bits))) >>> 0
    return `${ipv4Text(network)}/${bits}`
  }),
  fc
    .tuple(integers(UINT32), integers(UINT32))
    .map(([a, b]) => (a === b ? ipv4Text(a) : `${ipv4Text(Math.min(a, b))}-${ipv4Text(Math.max(a, b))}`)),
)

const ipv6Values: fc.Arbitrary<Value> = fc.oneof(
  fc.integer({ min: 1, max: 0xffff }).map((value) => `2001:db8::${value.toString(16)}`),
  fc
    .integer({ min: 0, max: 112 })
    .map((bits) =>
      bits < 32 ? `${bits === 0 ? '::' : '8000::'}/${bits === 0 ? 0 : 1}` : `2001:db8::/${bits}`,
    ),
  fc.constant('ffff::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'),
)

const names: fc.Arbitrary<Value> = fc.constantFrom('lo', 'eth0', 'br-lan', 'a-b-c', 'veth*', 'docker*', 'x')

const field = (text: string, build: Field['build'], value: fc.Arbitrary<Value>, ranges = true): Field => ({
  text,
  build,
  value,
  ranges,
})

const FIELDS: readonly Field[] = [
  field('ip saddr', match.ip.saddr, ipv4Values),
  field('ip daddr', (...values) => match.daddr(...(values as string[])), ipv4Values),
  field('ip6 saddr', match.ip6.saddr, ipv6Values),
  field('tcp dport', match.tcp.dport, integerValues(65535)),
  field('udp sport', (...values) => match.sport('udp', ...values), integerValues(65535)),
  field('ip ttl', match.ip.ttl, integerValues(255)),
  field('ip6 hoplimit', match.ip6.hoplimit, integerValues(255)),
  field('ip length', match.ip.length, integerValues(65535)),
  field('meta mark', match.mark, integerValues(UINT32)),
  field('ct mark', match.ctMark, integerValues(UINT32)),
  field('meta length', match.meta.len, integerValues(UINT32)),
  field('meta skuid', match.skuid, integerValues(70_000)),
  field('ct zone', match.ct.zone, integerValues(65535)),
  field('meta cpu', match.meta.cpu, integerValues(UINT32)),
  field('iifname', match.iifname, names, false),
  field('oifname', match.oifname, names, false),
  field(
    'ether saddr',
    match.ether.saddr,
    fc.constantFrom('02:00:00:00:00:01', '02:00:00:00:00:02', 'ff:ff:ff:ff:ff:ff'),
    false,
  ),
  field('meta l4proto', match.l4proto, fc.constantFrom<Value>('tcp', 'udp', 'icmp', 'sctp'), false),
  field('ip protocol', match.ip.protocol, fc.constantFrom<Value>('tcp', 'udp', 'icmp', 'gre'), false),
  field('icmp type', match.icmpType, fc.constantFrom<Value>('echo-request', 'echo-reply', 'redirect'), false),
  field('vlan id', match.vlan.id, integers(4095), false),
  field('ip dscp', match.ip.dscp, fc.constantFrom<Value>('cs1', 'af41', 'ef', 'cs0'), false),
  field('meta pkttype', match.pkttype, fc.constantFrom<Value>('broadcast', 'multicast', 'other'), false),
]

/** A comparison in both languages. */
interface Comparison {
  readonly text: string
  readonly part: NftRulePart
}

const quotedName = (value: Value) =>
  typeof value === 'string' && /^[a-z][\w*-]*$/.test(value) ? value : String(value)

const comparison: fc.Arbitrary<Comparison> = fc
  .constantFrom(...FIELDS)
  .chain((one) =>
    fc.tuple(fc.constant(one), fc.array(one.value, { minLength: 1, maxLength: 5 }), fc.boolean()),
  )
  .map(([{ text, build }, values, negated]) => {
    const isName = text === 'iifname' || text === 'oifname'
    const texts = values.map((value) => (isName ? `"${quotedName(value)}"` : String(value)))
    const right = texts.length === 1 ? texts[0] : `{ ${texts.join(', ')} }`
    const part = build(...values)
    return {
      text: `${text} ${negated ? '!= ' : ''}${right}`,
      part: negated ? match.not(part) : part,
    }
  })

/** Protocols that contradict each other: nft(8) refuses them, the builders make rules that never match. */
const LAYERS: readonly RegExp[] = [
  /^(ip6) /,
  /^(ip|icmp) /,
  /^(tcp) /,
  /^(udp) /,
  /l4proto|ip protocol/,
  /^(vlan|ether) /,
]

const isConsistent = (comparisons: readonly Comparison[]) => {
  const layers = comparisons
    .map(({ text }) => LAYERS.findIndex((layer) => layer.test(text)))
    .filter((i) => i >= 0)
  return layers.length <= 1
}

const rules = fc.array(fc.array(comparison, { minLength: 1, maxLength: 3 }).filter(isConsistent), {
  minLength: 1,
  maxLength: 8,
})

nftTest('random rules by builders are listed by nft(8) as its own', async (t) => {
  let refused = 0
  let compared = 0
  await fc.assert(
    fc.asyncProperty(rules, async (chain) => {
      using theirs = Netns.create()
      using ours = Netns.create()
      const empty = 'table inet t {\n chain c { type filter hook prerouting priority -300; }\n}\n'
      stock(theirs, ['-f', '-'], empty)
      stock(ours, ['-f', '-'], empty)
      await using nft = await Nftables.open({ netns: ours })
      for (const comparisons of chain) {
        const text = comparisons.map((one) => one.text).join(' ')
        const { error } = stock(theirs, ['-f', '-'], `add rule inet t c ${text} counter\n`)
        // What nft(8) does not take is not compared: a range that is empty, more than the kernel has.
        if (error !== '') {
          refused++
          continue
        }
        compared++
        const expressions = [...comparisons.map(({ part }) => part), action.counter()]
        await nft.addRule({ family: 'inet', table: 't', chain: 'c', expressions })
      }
      const [expected, actual] = [theirs, ours].map((netns) => stock(netns, ['list', 'ruleset']).out)
      if (actual !== expected) throw new Error(`nft(8) lists\n${actual}\ninstead of\n${expected}`)
    }),
    modelParameters(t, 30),
  )
  t.log(`${compared} rules compared, ${refused} refused by nft(8)`)
  t.true(refused < compared)
})

/* Sets: a model of their elements. */

interface SetKind {
  readonly spec: Omit<NftSetSpec, 'family' | 'table' | 'name'>
  /** The number of the last key. */
  readonly last: number
  /** Whether nft(8) reads what it lists. */
  readonly rereads?: boolean
  /** A key, and one of several, by their numbers. */
  key(from: number, to: number): NftKey
}

const rangeText = (write: (value: number) => Value) => (from: number, to: number) =>
  from === to ? write(from) : `${write(from)}-${write(to)}`

const plain = rangeText((value) => value)

function ipv4Range(from: number, to: number): Value {
  const size = to - from + 1
  const bits = 32 - Math.log2(size)
  if (size > 1 && Number.isInteger(bits) && from % size === 0) return `${ipv4Text(from)}/${bits}`
  return rangeText(ipv4Text)(from, to)
}

const SET_KINDS: readonly SetKind[] = [
  { spec: { type: 'inet_service', interval: true }, last: 65535, key: plain },
  { spec: { type: 'inet_service' }, last: 65535, key: plain },
  { spec: { type: 'mark', interval: true }, last: UINT32, key: plain },
  { spec: { type: 'mark' }, last: UINT32, key: plain },
  { spec: { type: 'uid', interval: true }, last: UINT32, key: plain },
  { spec: { type: 'ipv4_addr', interval: true }, last: UINT32, key: ipv4Range },
  { spec: { type: 'ipv4_addr' }, last: UINT32, key: ipv4Range },
  {
    spec: { type: ['mark', 'inet_service'], interval: true },
    last: UINT32,
    // nft(8) 1.0.6 lists 4-5 as 0x00000004/31, and reads that with the bytes of the mark reversed.
    rereads: false,
    key: (from, to) => [plain(from, to), 80],
  },
]

type Range = readonly [from: number, to: number]

const setCommands = fc.constantFrom(...SET_KINDS).chain((kind) => {
  const width = kind.spec.interval
    ? fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5 }), integers(kind.last))
    : fc.constant(0)
  const range = fc
    .tuple(integers(kind.last), width)
    .map(([from, more]): Range => [from, Math.min(kind.last, from + more)])
  return fc.tuple(
    fc.constant(kind),
    fc.array(
      fc.tuple(
        fc.constantFrom('add', 'add', 'delete'),
        fc.array(range, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
      ),
      {
        minLength: 1,
        maxLength: 6,
      },
    ),
  )
})

const overlaps = ([a, b]: Range, [c, d]: Range) => a <= d && c <= b
const same = ([a, b]: Range, [c, d]: Range) => a === c && b === d

nftTest('sets have the elements that a model has, as they were given, for nft(8) as well', async (t) => {
  await fc.assert(
    fc.asyncProperty(setCommands, async ([kind, commands]) => {
      using netns = Netns.create()
      await using nft = await Nftables.open({ netns })
      const table = { family: 'inet', table: 't' } as const
      await nft.addTable({ family: 'inet', name: 't' })
      await nft.addSet({ ...table, ...kind.spec, name: 's' })
      let model: Range[] = []
      for (const [command, given, inTransaction] of commands) {
        // The kernel refuses intervals that overlap with others, and the deletion of what is not there.
        const ranges: Range[] = []
        for (const range of given) {
          const known =
            command === 'add'
              ? [...model, ...ranges].some((one) => overlaps(one, range))
              : !model.some((one) => same(one, range)) || ranges.some((one) => same(one, range))
          if (!known) ranges.push(range)
        }
        const spec = { ...table, set: 's', elements: ranges.map(([from, to]) => kind.key(from, to)) }
        const method = command === 'add' ? 'addElements' : 'deleteElements'
        if (inTransaction) await nft.transaction((change) => change[method](spec))
        else await nft[method](spec)
        model =
          command === 'add'
            ? [...model, ...ranges]
            : model.filter((one) => !ranges.some((range) => same(one, range)))
      }
      const expected = model
        .toSorted(([a], [b]) => a - b)
        .map(([from, to]): NftElement => ({ key: kind.key(from, to) }))
      const inOrder = (elements: readonly NftElement[]) =>
        elements.map(({ key }) => JSON.stringify(key)).sort()
      const listed = await nft.elements({ ...table, set: 's' })
      t.deepEqual(inOrder(listed), inOrder(expected))
      if (!(kind.rereads ?? true)) return
      // nft(8) reads its own listing into another namespace: what it has understood is there.
      using copy = Netns.create()
      const { error } = stock(copy, ['-f', '-'], stock(netns, ['list', 'ruleset']).out)
      t.is(error, '')
      await using other = await Nftables.open({ netns: copy })
      t.deepEqual(inOrder(await other.elements({ ...table, set: 's' })), inOrder(expected))
    }),
    modelParameters(t, 40),
  )
  t.pass()
})
