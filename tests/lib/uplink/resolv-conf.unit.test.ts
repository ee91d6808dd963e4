import test from 'ava'
import { usableNameservers } from '../../../lib/uplink/resolv-conf.js'

const BOTH = new Set(['inet', 'inet6'] as const)
const resolved = () =>
  'nameserver 192.0.2.1\nnameserver 2001:db8::53\nnameserver fe80::1%eth0\nsearch example.org\n'
const lines = (...servers: readonly string[]) => servers.map((server) => `nameserver ${server}\n`).join('')

const CASES: readonly (readonly [title: string, text: string, expected: readonly string[]])[] = [
  ['plain servers are kept, in their order', lines('192.0.2.7', '2001:db8::1'), ['192.0.2.7', '2001:db8::1']],
  ['a stub alone stands for systemd-resolved’s own list', lines('127.0.0.53'), ['192.0.2.1', '2001:db8::53']],
  ['so does its other stub', lines('127.0.0.54'), ['192.0.2.1', '2001:db8::53']],
  ['a stub beside a usable server stands for nothing', lines('127.0.0.53', '192.0.2.7'), ['192.0.2.7']],
  ['another loopback server stands for nothing', lines('127.0.0.1', '::1', '127.0.0.11'), []],
  [
    'every way to write an address that others do not reach',
    lines(
      '0:0:0:0:0:0:0:1',
      '0::',
      '::FFFF:7f00:1',
      '::ffff:0.0.0.0',
      '127.9.9.9',
      '0.1.2.3',
      'FE8F::1',
      '::1%lo',
    ),
    [],
  ],
  [
    'multicast and broadcast addresses',
    lines('224.0.0.1', '255.255.255.255', 'ff02::fb', '::ffff:239.1.1.1'),
    [],
  ],
  ['unspecified and mapped loopback addresses', lines('0.0.0.0', '::', '::ffff:127.0.0.1'), []],
  [
    'link-local servers, with a zone or without',
    lines('fe80::1%eth0', 'fe80::1', 'FEB0::2%2', '192.0.2.7'),
    ['192.0.2.7'],
  ],
  ['a zone on another address', lines('2001:db8::1%eth0', '192.0.2.7'), ['192.0.2.7']],
  ['link-local IPv4 servers, as clouds have', lines('169.254.169.253'), ['169.254.169.253']],
  [
    'bad lines',
    `nameserver\nnameserver dns.example\nnameserver 1.2.3\nnameserver 300.1.1.1\nnameservers 192.0.2.9\n${lines('192.0.2.7')}`,
    ['192.0.2.7'],
  ],
  [
    'comments, tabs, CRLF, no final newline',
    '# nameserver 192.0.2.8\n; x\nnameserver\t192.0.2.7 # comment\r\nnameserver 192.0.2.9;x\noptions edns0\nnameserver 192.0.2.10',
    ['192.0.2.7', '192.0.2.9', '192.0.2.10'],
  ],
  ['one server twice', lines('192.0.2.7', '192.0.2.7'), ['192.0.2.7']],
  ['an empty file', '', []],
]

for (const [title, text, expected] of CASES)
  test(`name servers: ${title}`, (t) => t.deepEqual(usableNameservers(text, resolved, BOTH), expected))

test('name servers of a version that the uplink does not have are left out', (t) => {
  t.deepEqual(usableNameservers(lines('2001:db8::1', '192.0.2.7'), resolved, new Set(['inet'])), [
    '192.0.2.7',
  ])
  t.deepEqual(usableNameservers(lines('127.0.0.53'), resolved, new Set(['inet'])), ['192.0.2.1'])
})
