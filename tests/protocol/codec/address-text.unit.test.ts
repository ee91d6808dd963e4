import test from 'ava'
import fc from 'fast-check'
import koffi from 'koffi'
import {
  DecodeError,
  EncodeError,
  formatIpv4,
  formatIpv6,
  hardwareAddress,
  ip,
  ipVersion,
  ipv6,
  mac,
  parseIpv4,
  parseIpv6,
  viewOf,
  Writer,
} from '../../../protocol/index.js'

/* The C library's own reader and writer: the oracle. inet_pton(3), inet_ntop(3) */
const libc = koffi.load(null)
const pton = libc.func('int inet_pton(int family, const char *text, void *into)')
const ntop = libc.func('const char *inet_ntop(int family, const void *address, void *into, uint32_t size)')
const AF = { 4: 2, 6: 10 } as const

function platformBytes(version: 4 | 6, text: string): number[] | undefined {
  const into = new Uint8Array(version === 4 ? 4 : 16)
  return pton(AF[version], text, into) === 1 ? [...into] : undefined
}

function platformText(version: 4 | 6, bytes: readonly number[]): string {
  return ntop(AF[version], Uint8Array.from(bytes), new Uint8Array(64), 64)
}

function ipv4Bytes(text: string): number[] | undefined {
  const address = parseIpv4(text)
  return address < 0
    ? undefined
    : [address >>> 24, (address >>> 16) & 0xff, (address >>> 8) & 0xff, address & 0xff]
}

const encoded = (text: string) => {
  const out = new Writer()
  ipv6.encode(out, text, {})
  return [...out.written()]
}

const view = (bytes: readonly number[]) => viewOf(Uint8Array.from(bytes))
const four = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 })
// Zeros are where the notation is difficult.
const group = fc.oneof(fc.constant(0), fc.nat(0xffff))
const sixteen = fc
  .array(group, { minLength: 8, maxLength: 8 })
  .map((groups) => groups.flatMap((one) => [one >> 8, one & 0xff]))

/* Text that is almost an address: pieces of addresses in any order, and whole addresses with one change. */
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(':', '::', '.', '0', '1', 'ffff', 'FFFF', '255') },
  fc.constantFrom('00000', '256', '01', '010', '0x1', '0xa', 'g', 'G', ' ', '-', '+', '%', '/', '\n', '\t'),
  fc.constantFrom('1.2.3.4', '::ffff:', '64:ff9b::', '1:2:3:4:5:6:7', '٣', 'ｆ', 'K', '\u{1d7d8}'),
  fc.nat(0xffff).map((value) => value.toString(16)),
  fc.nat(300).map(String),
)
const pieces = fc.array(piece, { maxLength: 20 }).map((all) => all.join(''))
const changed = (text: fc.Arbitrary<string>) =>
  fc
    .tuple(text, fc.nat(40), fc.nat(2), fc.oneof(fc.constant(''), piece))
    .map(([whole, at, count, put]) => whole.slice(0, at) + put + whole.slice(at + count))
const ipv6Text = fc.oneof(
  sixteen.map((bytes) => formatIpv6(view(bytes), 0)),
  fc.array(group, { minLength: 8, maxLength: 8 }).map((all) => all.map((one) => one.toString(16)).join(':')),
  fc.tuple(fc.array(group, { maxLength: 6 }), four).map(([all, last]) => {
    return `${all.map((one) => `${one.toString(16)}:`).join('')}:${last.join('.')}`
  }),
)
const nearIpv4 = fc.oneof(pieces, changed(four.map((bytes) => bytes.join('.'))))
const nearIpv6 = fc.oneof(pieces, ipv6Text, changed(ipv6Text), changed(changed(ipv6Text)))

test('IPv4: text and bytes convert both ways, as inet_ntop and inet_pton do', (t) => {
  fc.assert(
    fc.property(four, (bytes) => {
      const text = formatIpv4(view(bytes), 0)
      t.is(text, platformText(4, bytes))
      t.deepEqual(ipv4Bytes(text), bytes)
    }),
  )
})

test('IPv4: accepts exactly what inet_pton accepts, with the same bytes', (t) => {
  for (const text of [
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '00.0.0.0',
    '1..2.3',
    '1.2.3.4.',
    '.1.2.3.4',
    ' 1.2.3.4',
    '1.2.3.4 ',
    '1.2.3.4\n',
    '0x1.2.3.4',
    '1.2.3.-4',
    '1.2.3.4e0',
    '1.2.3.4\0',
    '٣.1.1.1',
  ]) {
    t.is(parseIpv4(text), -1, text)
    if (!text.includes('\0')) t.is(platformBytes(4, text), undefined, text)
  }
  fc.assert(
    fc.property(nearIpv4, (text) => t.deepEqual(ipv4Bytes(text), platformBytes(4, text), text)),
    { numRuns: 5000 },
  )
})

test('IPv6: the canonical text is inet_ntop(3), but RFC 5952 for addresses like ::192.0.2.1', (t) => {
  t.is(formatIpv6(view([...Array(12).fill(0), 192, 0, 2, 1]), 0), '::c000:201')
  t.is(platformText(6, [...Array(12).fill(0), 192, 0, 2, 1]), '::192.0.2.1')
  fc.assert(
    fc.property(sixteen, (bytes) => {
      const text = formatIpv6(view(bytes), 0)
      t.deepEqual(parseIpv6(text), bytes)
      t.deepEqual(platformBytes(6, text), bytes)
      const compatible = bytes.slice(0, 12).every((byte) => byte === 0) && (bytes[12] || bytes[13])
      if (!compatible) t.is(text, platformText(6, bytes))
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

test('IPv6: a dotted end is the last 32 bits, nothing else', (t) => {
  const hex = (text: string) => Buffer.from(encoded(text)).toString('hex')
  t.is(hex('::1.2.3.4'), '00000000000000000000000001020304')
  t.is(hex('::ffff:1.2.3.4'), '00000000000000000000ffff01020304')
  t.is(hex('64:ff9b::10.0.2.33'), '0064ff9b00000000000000000a000221')
  t.is(hex('1:2:3:4:5:6:7.8.9.10'), '0001000200030004000500060708090a')
})

test('IPv6: accepts exactly what inet_pton accepts, with the same bytes', (t) => {
  for (const text of [
    '',
    ':',
    ':::',
    '1::2::3',
    'fe80::1%eth0',
    '::1/64',
    '12345::',
    '00001::',
    '::1.2.3',
    '::ffff:010.0.0.1',
    '64:ff9b::0xa.0.2.33',
    '::1.2.3.4.5',
    '1.2.3.4',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '1:2:3:4:5:6:7:1.2.3.4',
    '1:2:3:4:5:6::1.2.3.4',
    '1:2:3:4:5:6:7:8::',
    '::1:2:3:4:5:6:7:8',
    '1:2:3:4::5:6:7:8',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:',
    ':1:2:3:4:5:6:7:8',
    'g::',
    ' ::1',
    '::1 ',
    '::1\n',
    '::1\0',
    '::ｆ',
  ]) {
    t.is(parseIpv6(text), undefined, text)
    if (!text.includes('\0')) t.is(platformBytes(6, text), undefined, text)
    t.throws(() => encoded(text), { instanceOf: EncodeError }, text)
  }
  for (const text of ['1:2:3:4:5:6:7::', '::2:3:4:5:6:7:8', '1:2:3::5:6:7:8', 'ABCD::ef01']) {
    t.deepEqual(parseIpv6(text), platformBytes(6, text), text)
  }
  fc.assert(
    fc.property(nearIpv6, (text) => {
      const expected = platformBytes(6, text)
      t.deepEqual(parseIpv6(text), expected, text)
      if (expected !== undefined) t.deepEqual(encoded(text), expected, text)
    }),
    { numRuns: 20_000 },
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

test('link-layer addresses are pairs of hexadecimal digits with colons between', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 32 }), (bytes) => {
      const text = hardwareAddress.decode(viewOf(bytes), 0, bytes.length, {})
      t.is(text, Buffer.from(bytes).toString('hex').replace(/..\B/g, '$&:'))
      const out = new Writer()
      hardwareAddress.encode(out, text.toUpperCase(), {})
      t.deepEqual(out.written(), bytes)
    }),
  )
  for (const text of [
    '',
    '02',
    '02:00:00:00:00',
    '02:00:00:00:00:01:02',
    '2:0:0:0:0:1',
    '02:00:00:00:00:01\n',
    '02:00:00:00:00:01:',
    '02-00-00-00-00-01',
    '0200.0000.0001',
    '02:00:00:00:00:0g',
    '02:00:00:00:00:-1',
    '02:00:00:00:00:0x',
    '٠2:00:00:00:00:01',
    7,
  ]) {
    const out = new Writer()
    t.throws(() => mac.encode(out, text as string, {}), { instanceOf: EncodeError }, String(text))
    t.is(out.at, 0)
  }
})
