import test from 'ava'
import { formatRule, formatRuleset, type NftRule } from '../../../lib/index.js'
import { ctKeys } from '../../../lib/nftables/expressions/ct.js'
import { metaKeys } from '../../../lib/nftables/expressions/meta.js'
import { headers } from '../../../lib/nftables/headers.js'
import { formatBytes, formatTime } from '../../../lib/nftables/units.js'
import type { NfFamily } from '../../../protocol/index.js'

function format(expressions: readonly object[], family: NfFamily = 'inet'): string {
  const rule = { family, table: 't', chain: 'c', expressions } as unknown as NftRule
  return formatRule(rule, { family, sets: [] })
}

const equals = (value: Uint8Array) => ({ name: 'cmp', data: { sreg: 1, op: 'eq', data: { value } } })

/** Values that determine the protocol of a header: of `meta protocol` and `meta l4proto`. */
const NETWORK: Readonly<Record<string, readonly number[]>> = { ip: [8, 0], ip6: [0x86, 0xdd], arp: [8, 6] }

for (const [name, header] of Object.entries(headers)) {
  for (const [field, { offset, type }] of Object.entries(header.fields)) {
    test(`the field of a header is listed by its name: ${name} ${field}`, (t) => {
      const { base } = header
      const protocol = 'protocol' in header ? header.protocol : name
      const dependency =
        base === 'network'
          ? [
              { name: 'meta', data: { key: 'protocol', dreg: 1 } },
              equals(Uint8Array.from(NETWORK[name] ?? [])),
            ]
          : base === 'transport' && name !== 'th'
            ? [
                { name: 'meta', data: { key: 'l4proto', dreg: 1 } },
                equals(metaKeys.l4proto.type.parse(protocol, 'protocol')),
              ]
            : []
      const value = new Uint8Array(type.length)
      const load = { name: 'payload', data: { base, offset, len: type.length, dreg: 1 } }
      t.is(format([...dependency, load, equals(value)]), `${name} ${field} ${type.format(value)}`)
    })
  }
}

test('a field is listed by its offset while its protocol is not determined', (t) => {
  const load = { name: 'payload', data: { base: 'network', offset: 12, len: 4, dreg: 1 } }
  t.is(format([load, equals(Uint8Array.of(10, 0, 0, 1))]), '@nh,96,32 167772161')
  t.is(format([load, equals(Uint8Array.of(10, 0, 0, 1))], 'ip'), 'ip saddr 10.0.0.1')
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
    const load = { name: 'ct', data: { key, direction: 'reply', dreg: 1 } }
    t.true(format([load, equals(value)]).startsWith(`ct reply ${text} `))
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
  const table = { family: 'ip', name: 't', comment: 'c', flags: ['dormant'], chains: [], sets: [] } as const
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
