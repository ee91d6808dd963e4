import test from 'ava'
import { readLink } from '../../../lib/rtnetlink/link/read.js'
import {
  type AnyCodec,
  type AttributeTable,
  attributes,
  EncodeError,
  linkKindByName,
  linkMessage,
  nftChainMessage,
  nftRuleMessage,
  nftSetElement,
  nftSetMessage,
  nftTableMessage,
  padding,
  routeMessage,
  ruleMessage,
  text,
  u64,
  viewOf,
  Writer,
} from '../../../protocol/index.js'
import { counterData } from '../../../protocol/nftables/expressions/counter.js'

const set = attributes({
  name: [1, text({ max: 15 })],
  inner: [2, attributes({ count: [1, u64] })],
  pad: [3, padding],
})

function encoded(codec: AnyCodec, value: unknown): Uint8Array {
  const out = new Writer()
  codec.encode(out, value as never, {})
  return out.written()
}

test('unknown attributes round-trip with their flag bits', (t) => {
  for (const type of [0, 4, 0x3fff, 0x8004, 0x4004, 0xffff]) {
    const value = { unknown: [{ type, data: Uint8Array.of(1, 2, 3) }] }
    const bytes = encoded(set, value)
    t.deepEqual(set.decode(viewOf(bytes), 0, bytes.length, {}), value)
  }
})

test('an unknown attribute of the wrong shape is refused with its path', (t) => {
  const data = new Uint8Array(1)
  const cases: readonly (readonly [unknown, string])[] = [
    [{ type: 4, data }, 'unknown must be an array of { type, data }, got '],
    ['ab', 'unknown must be an array of { type, data }, got "ab"'],
    [null, 'unknown must be an array of { type, data }, got null'],
    [[7], 'unknown.0 must be { type, data }, got 7'],
    [[null], 'unknown.0 must be { type, data }, got null'],
    [[{ data }], 'unknown.0.type must be an integer from 0 to 65535, got undefined'],
    [[{ type: '4', data }], 'unknown.0.type must be an integer from 0 to 65535, got "4"'],
    [[{ type: -1, data }], 'unknown.0.type must be an integer from 0 to 65535, got -1'],
    [[{ type: 65_536, data }], 'unknown.0.type must be an integer from 0 to 65535, got 65536'],
    [[{ type: 4.5, data }], 'unknown.0.type must be an integer from 0 to 65535, got 4.5'],
    [[{ type: Number.NaN, data }], 'unknown.0.type must be an integer from 0 to 65535, got NaN'],
    [[{ type: 4n, data }], 'unknown.0.type must be an integer from 0 to 65535, got 4n'],
    [[{ type: 4, data }, { type: 5 }], 'unknown.1.data must be a Uint8Array, got undefined'],
    [[{ type: 4, data: 'ab' }], 'unknown.0.data must be a Uint8Array, got "ab"'],
    [[{ type: 4, data: [1, 2] }], 'unknown.0.data must be a Uint8Array, got [1,2]'],
    [[{ type: 4, data: new ArrayBuffer(4) }], 'unknown.0.data must be a Uint8Array, got {}'],
    [[{ type: 4, data: new Uint16Array(2) }], 'unknown.0.data must be a Uint8Array, got {"0":0,"1":0}'],
    [
      [{ type: 4, data: new Uint8Array(65_532) }],
      'unknown.0 is too long: an attribute has at most 65535 bytes, this one 65536',
    ],
  ]
  for (const [unknown, message] of cases) {
    const error = t.throws(() => encoded(set, { unknown }), { instanceOf: EncodeError })
    t.true(error?.message.startsWith(message), error?.message)
  }
  const inner = t.throws(() => encoded(set, { inner: { unknown: [{}] } }), { instanceOf: EncodeError })
  t.is((inner as EncodeError | undefined)?.path, 'inner.unknown.0.type')
})

test('a declared attribute cannot be sent as an unknown one as well', (t) => {
  for (const type of [1, 0x8002, 0x4001, 3]) {
    t.throws(() => encoded(set, { name: 'a', unknown: [{ type, data: new Uint8Array(4) }] }), {
      instanceOf: EncodeError,
      message: /^unknown\.0\.type is the number of an attribute that is not unknown: (name|inner|pad)$/,
    })
  }
})

test('padding is neither read nor written', (t) => {
  const bytes = Uint8Array.of(4, 0, 3, 0, 6, 0, 1, 0, 0x61, 0, 0, 0, 4, 0, 3, 0)
  // Interpreted at first, then compiled.
  for (let i = 0; i < 100; i++) t.deepEqual(set.decode(viewOf(bytes), 0, bytes.length, {}), { name: 'a' })
  t.throws(() => encoded(set, { name: 'a', pad: new Uint8Array() }), {
    instanceOf: EncodeError,
    message: /^pad is not an attribute here; /,
  })
})

const bridge = linkKindByName('bridge') as unknown as Record<'data' | 'slave', { table: AttributeTable }>

/* *_PAD of include/uapi/linux: if_link.h, rtnetlink.h, fib_rules.h, netfilter/nf_tables.h */
const PADDED: Readonly<Record<string, readonly [AttributeTable, number]>> = {
  IFLA_PAD: [linkMessage.attributes.table, 42],
  IFLA_BR_PAD: [bridge.data.table, 40],
  IFLA_BRPORT_PAD: [bridge.slave.table, 26],
  RTA_PAD: [routeMessage.attributes.table, 24],
  FRA_PAD: [ruleMessage.attributes.table, 18],
  NFTA_TABLE_PAD: [nftTableMessage.attributes.table, 5],
  NFTA_CHAIN_PAD: [nftChainMessage.attributes.table, 9],
  NFTA_RULE_PAD: [nftRuleMessage.attributes.table, 8],
  NFTA_SET_PAD: [nftSetMessage.attributes.table, 14],
  NFTA_SET_ELEM_PAD: [nftSetElement.table, 8],
  NFTA_COUNTER_PAD: [counterData.table, 3],
}

for (const [name, [table, type]] of Object.entries(PADDED)) {
  test(`${name} is no unknown attribute`, (t) => {
    const bytes = Uint8Array.of(4, 0, type, 0)
    t.deepEqual(attributes(table).decode(viewOf(bytes), 0, bytes.length, {}), {})
  })
}

test('IFLA_PAD is not a member of a listed link', (t) => {
  const bytes = Uint8Array.from([
    ...encoded(linkMessage, { family: 'unspec', index: 7, ifname: 'd0' }),
    4,
    0,
    42,
    0,
  ])
  t.false('unknown' in readLink(viewOf(bytes), 0, bytes.length))
})
