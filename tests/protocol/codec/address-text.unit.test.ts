import { isIPv4, isIPv6 } from 'node:net'
import test from 'ava'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import {
  DecodeError,
  EncodeError,
  formatIpv4,
  formatIpv6,
  ip,
  ipVersion,
  parseIpv4,
  parseIpv6,
  viewOf,
  Writer,
} from '../../../protocol/index.js'

const view = (bytes: readonly number[]) => viewOf(Uint8Array.from(bytes))
const four = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 })
// Zeros are where the notation is difficult.
const sixteen = fc
  .array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.flatMap((group) => [group >> 8, group & 0xff]))

test('IPv4: text and bytes convert both ways', (t) => {
  fc.assert(
    fc.property(four, (bytes) => {
      const text = bytes.join('.')
      t.is(formatIpv4(view(bytes), 0), text)
      t.is(parseIpv4(text), Buffer.from(bytes).readUInt32BE())
    }),
  )
})

test('IPv4: accepts exactly what inet_pton accepts', (t) => {
  for (const text of [
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1..2.3',
    '1.2.3.4.',
    ' 1.2.3.4',
    '0x1.2.3.4',
    '1.2.3.-4',
    '1.2.3.4e0',
    '٣.1.1.1',
  ]) {
    t.is(parseIpv4(text), -1, text)
  }
  fc.assert(fc.property(fc.stringMatching(/^[0-9.]{1,15}$/), (text) => parseIpv4(text) >= 0 === isIPv4(text)))
})

test('IPv6: the canonical text is RFC 5952, checked against a second implementation', (t) => {
  fc.assert(
    fc.property(sixteen, (bytes) => {
      const text = formatIpv6(view(bytes), 0)
      t.deepEqual(parseIpv6(text), bytes)
      if (!text.includes('.')) t.is(text, new ipaddr.IPv6(bytes).toRFC5952String())
      t.is(new URL(`http://[${text}]`).hostname.length > 0, true)
    }),
    { numRuns: 2000 },
  )
})

test('IPv6: the examples of RFC 5952', (t) => {
  const canonical = (text: string) => formatIpv6(view(parseIpv6(text) ?? []), 0)
  t.is(canonical('2001:0DB8::0001'), '2001:db8::1')
  t.is(canonical('2001:db8:0:0:0:0:2:1'), '2001:db8::2:1')
  t.is(canonical('2001:db8:0:1:1:1:1:1'), '2001:db8:0:1:1:1:1:1')
  t.is(canonical('2001:0:0:1:0:0:0:1'), '2001:0:0:1::1')
  t.is(canonical('2001:db8:0:0:1:0:0:1'), '2001:db8::1:0:0:1')
  t.is(canonical('::'), '::')
  t.is(canonical('1::'), '1::')
  t.is(canonical('::ffff:192.0.2.1'), '::ffff:192.0.2.1')
})

test('IPv6: refuses zones, prefixes and everything Node refuses', (t) => {
  for (const text of [
    '',
    ':',
    ':::',
    '1::2::3',
    'fe80::1%eth0',
    '::1/64',
    '12345::',
    '::1.2.3',
    'g::',
    ' ::1',
  ]) {
    t.is(parseIpv6(text), undefined, text)
  }
  fc.assert(
    fc.property(
      fc.stringMatching(/^[0-9a-f:]{2,20}$/),
      (text) => (parseIpv6(text) !== undefined) === isIPv6(text),
    ),
    { numRuns: 2000 },
  )
})

test('the version of an address follows from its text', (t) => {
  t.is(ipVersion('192.0.2.1'), 4)
  t.is(ipVersion('2001:db8::1'), 6)
  t.is(ipVersion('192.0.2'), undefined)
  const out = new Writer()
  t.throws(() => ip.encode(out, 'nowhere', {}), {
    instanceOf: EncodeError,
    message: 'the value must be an IPv4 or IPv6 address, got "nowhere"',
  })
  t.throws(() => ip.decode(view([1, 2, 3]), 0, 3, {}), { instanceOf: DecodeError })
})
