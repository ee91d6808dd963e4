import test from 'ava'
import { ArgumentError } from '../../lib/index.js'
import { parseZonedAddress } from '../../lib/zoned-address.js'

test('an address is parsed into version, bytes and zone', (t) => {
  t.deepEqual(parseZonedAddress('192.0.2.1', 'host'), {
    version: 4,
    bytes: Uint8Array.of(192, 0, 2, 1),
    zone: undefined,
  })
  const { version, bytes, zone } = parseZonedAddress('fe80::1%eth0', 'host')
  t.is(version, 6)
  t.is(Buffer.from(bytes).toString('hex'), 'fe800000000000000000000000000001')
  t.is(zone, 'eth0')
})

test('host names, IPv4 zones and malformed zones are refused, naming the argument', (t) => {
  for (const text of ['', 'localhost', '192.0.2', '192.0.2.1%eth0', 'fe80::1%', 7]) {
    t.throws(() => parseZonedAddress(text as string, 'host'), {
      instanceOf: ArgumentError,
      message: /^host must be an IPv4 or IPv6 address, such as .*, got /,
    })
  }
})
