import test from 'ava'
import { formatRule, formatRuleset, type NftRule } from '../../../lib/index.js'
import { ctKeys } from '../../../lib/nftables/expressions/ct.js'
import { metaKeys } from '../../../lib/nftables/expressions/meta.js'
import { fieldBits } from '../../../lib/nftables/format/source.js'
import { type Header, headers } from '../../../lib/nftables/headers.js'
import { formatBytes, formatTime } from '../../../lib/nftables/units.js'
import type { NfFamily } from '../../../protocol/index.js'

function format(expressions: readonly object[], family: NfFamily = 'inet'): string {
  const rule = { family, table: 't', chain: 'c', expressions } as unknown as NftRule
  return formatRule(rule, { family, sets: [] })
}

const equals = (value: Uint8Array) => ({ name: 'cmp', data: { sreg: 1, op: 'eq', data: { value } } })

const load = (base: string, offset: number, len: number) => ({
  name: 'payload',
  data: { base, offset, len, dreg: 1 },
})

/** A family whose packets may have the header, and the expressions that make sure of it. */
function contextOf(name: string, header: Header): [family: NfFamily, expressions: readonly object[]] {
  if (name === 'vlan') return ['bridge', [load('link', 12, 2), equals(Uint8Array.of(0x81, 0))]]
  if (header.base === 'link') return ['bridge', []]
  if (header.base === 'network') return [name as NfFamily, []]
  const { l4proto } = metaKeys
  const meta = { name: 'meta', data: { key: 'l4proto', dreg: 1 } }
  const protocol =
    name === 'th' ? [] : [meta, equals(l4proto.type.parse(header.protocol ?? name, 'protocol'))]
  return [(header.impliesNetwork as NfFamily) ?? 'inet', protocol]
}

for (const [name, header] of Object.entries<Header>(headers)) {
  for (const [field, at] of Object.entries(header.fields)) {
    const { from, count } = fieldBits(at)
    test(`the field of a header is listed by its name: ${name} ${field}`, (t) => {
      const [family, context] = contextOf(name, header)
      const offset = from >> 3
      const len = ((from + count - 1) >> 3) - offset + 1
      const mask = Uint8Array.from({ length: len }, (_, i) => {
        const bits = Array.from({ length: 8 }, (__, bit) => 8 * (offset + i) + bit)
        return bits.reduce((byte, bit) => 2 * byte + (bit >= from && bit < from + count ? 1 : 0), 0)
      })
      const isWhole = mask.every((byte) => byte === 0xff)
      const masked = { sreg: 1, dreg: 1, len, mask: { value: mask }, xor: { value: new Uint8Array(len) } }
      const text = format(
        [
          ...context,
          load(header.base, offset, len),
          ...(isWhole ? [] : [{ name: 'bitwise', data: masked }]),
          equals(new Uint8Array(len)),
        ],
        family,
      )
      const zero = at.type.format(new Uint8Array(at.type.length))
      const expected = at.ofSomeTypes ? `@th,${from},${count} 0x0` : `${name} ${field} ${zero}`
      // Where nothing follows that implies the protocol, it is listed as well.
      t.is(
        text.replace(/^meta l4proto [a-z0-9-]+ (?=@th)/, ''),
        at.type.bitmask ? expected.replace(' 0x', ' == 0x') : expected,
      )
    })
  }
}

test('a field is listed by its offset while its protocol is not determined', (t) => {
  const address = load('network', 12, 4)
  t.is(format([address, equals(Uint8Array.of(10, 0, 0, 1))]), '@nh,96,32 0xa000001')
  t.is(format([address, equals(Uint8Array.of(10, 0, 0, 1))], 'ip'), 'ip saddr 10.0.0.1')
})

test('what a rule loads and does not use is marked', (t) => {
  const meta = (key: string) => ({ name: 'meta', data: { key, dreg: 1 } })
  t.is(format([meta('mark'), meta('cpu'), equals(Uint8Array.of(1, 0, 0, 0))]), '[ meta ] meta cpu 1')
  t.is(format([meta('mark')]), '[ meta ]')
})

test('attributes that are not declared are marked', (t) => {
  const unknown = [{ type: 99, data: new Uint8Array() }]
  t.is(format([{ name: 'counter', data: { packets: 1n, bytes: 2n, unknown } }]), '[ counter ]')
})

test('a value that the mask before it cannot leave is not lost', (t) => {
  const masked = {
    sreg: 1,
    dreg: 1,
    len: 4,
    mask: { value: Uint8Array.of(255, 0, 0, 0) },
    xor: { value: new Uint8Array(4) },
  }
  const rule = [load('network', 12, 4), { name: 'bitwise', data: masked }, equals(Uint8Array.of(10, 0, 0, 1))]
  t.is(format(rule, 'ip'), '[ cmp ]')
})

for (const [key, { text, type }] of Object.entries(metaKeys)) {
  test(`a meta key is listed by its name: ${key}`, (t) => {
    const value = new Uint8Array(type.length).fill(1)
    t.true(format([{ name: 'meta', data: { key, dreg: 1 } }, equals(value)]).startsWith(`${text} `))
  })
}

for (const [key, { text, type }] of Object.entries(ctKeys)) {
  test(`a ct key is listed by its name: ${key}`, (t) => {
    const value = new Uint8Array(type.length).fill(1)
    const ct = { name: 'ct', data: { key, direction: 'reply', dreg: 1 } }
    t.true(format([ct, equals(value)]).startsWith(`ct reply ${text} `))
  })
}

test('expressions without a text in nft’s syntax are listed by their names in brackets', (t) => {
  t.is(format([{ name: 'tproxy', data: Uint8Array.of(0) }]), '[ tproxy ]')
  t.is(format([{ name: 'toString', data: Uint8Array.of(0) }]), '[ toString ]')
  t.is(format([equals(Uint8Array.of(0))]), '[ cmp ]')
})

test('an index of a link is listed by its name where one is known', (t) => {
  const rule = {
    family: 'inet',
    table: 't',
    chain: 'c',
    expressions: [{ name: 'meta', data: { key: 'iif', dreg: 1 } }, equals(Uint8Array.of(2, 0, 0, 0))],
  } as unknown as NftRule
  const table = { family: 'inet', sets: [] } as const
  t.is(formatRule(rule, table), 'iif 2')
  t.is(formatRule(rule, table, { linkName: (index) => `eth${index}` }), 'iif "eth2"')
})

test('a table without chains and sets is listed with its comment and flags', (t) => {
  const empty = { chains: [], sets: [], objects: [], flowtables: [] }
  const table = { family: 'ip', name: 't', userdata: { comment: 'c' }, flags: ['dormant'], ...empty } as const
  t.is(formatRuleset({ tables: [table as never] }), 'table ip t {\n\tcomment "c"\n\tflags dormant\n}\n')
})

test('durations and amounts are written in nft’s units', (t) => {
  t.deepEqual([0n, 5n, 61_000n, 90_061_001n].map(formatTime), ['0s', '5ms', '1m1s', '1d1h1m1s1ms'])
  t.deepEqual([0n, 1000n, 1024n, 3_145_728n].map(formatBytes), [
    '0 bytes',
    '1000 bytes',
    '1 kbytes',
    '3 mbytes',
  ])
})
