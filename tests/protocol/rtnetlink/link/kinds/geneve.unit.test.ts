import test from 'ava'
import fc from 'fast-check'
import { linkInfo, linkKindByName, viewOf, Writer } from '../../../../../protocol/index.js'

const address = (count: number, bits: number, separator: string, radix: number) =>
  fc
    .array(fc.integer({ min: 1, max: 2 ** bits - 1 }), { minLength: count, maxLength: count })
    .map((parts) => parts.map((part) => part.toString(radix)).join(separator))

const data = fc.record(
  {
    id: fc.nat(0xffffff),
    remote: address(4, 8, '.', 10),
    remote6: address(8, 16, ':', 16),
    ttl: fc.nat(255),
    tos: fc.nat(255),
    port: fc.nat(0xffff),
    label: fc.nat(0xfffff),
    udpCsum: fc.boolean(),
    udpZeroCsum6Tx: fc.boolean(),
    udpZeroCsum6Rx: fc.boolean(),
    ttlInherit: fc.boolean(),
    df: fc.constantFrom('unset' as const, 'set' as const, 'inherit' as const, 9),
    collectMetadata: fc.constant(true),
    innerProtoInherit: fc.constant(true),
    portRange: fc.record({ low: fc.nat(0xffff), high: fc.nat(0xffff) }),
  },
  { requiredKeys: [] },
)

test('a geneve link round-trips', (t) => {
  fc.assert(
    fc.property(data, (data) => {
      const out = new Writer()
      linkInfo.encode(out, { kind: 'geneve', data }, {})
      t.deepEqual(linkInfo.decode(viewOf(out.written()), 0, out.at, {}), { kind: 'geneve', data })
    }),
  )
})

test('the attributes of a geneve link match include/uapi/linux/if_link.h', (t) => {
  const out = new Writer()
  linkInfo.encode(out, { kind: 'geneve', data: { id: 5, remote: '192.0.2.1', port: 6081 } }, {})
  t.is(
    Buffer.from(out.written()).toString('hex'),
    [
      '0a000100',
      '67656e6576650000',
      '1c000280',
      '0800010005000000',
      '08000200c0000201',
      '0600050017c10000',
    ].join(''),
  )
})

test('a kind is found by its name', (t) => {
  t.is(linkKindByName('geneve')?.kind, 'geneve')
  t.is(linkKindByName('veth')?.peer, 'peer')
  t.is(linkKindByName('vxlan')?.lowerLink, 'link')
  t.true(linkKindByName('bridge')?.volatile?.slave?.includes('holdTimer'))
  t.is(linkKindByName('toString'), undefined)
})
