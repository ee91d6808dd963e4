import test from 'ava'
import { ArgumentError } from '../../lib/index.js'
import { parsePrefix } from '../../lib/prefix.js'

test('a prefix is an address with a length; without one, it has all bits', (t) => {
  t.deepEqual(parsePrefix('10.0.0.0/8', 'dst'), { address: '10.0.0.0', length: 8, family: 'inet' })
  t.deepEqual(parsePrefix('10.0.0.1', 'dst'), { address: '10.0.0.1', length: 32, family: 'inet' })
  t.deepEqual(parsePrefix('::/0', 'dst'), { address: '::', length: 0, family: 'inet6' })
  t.deepEqual(parsePrefix('::1.2.3.4/128', 'dst'), { address: '::1.2.3.4', length: 128, family: 'inet6' })
})

test('other texts are refused, naming the argument', (t) => {
  for (const text of [
    '',
    '/',
    '/8',
    '10/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/+8',
    '10.0.0.0/08',
    '10.0.0.0/8.0',
    '10.0.0.0/8\n',
    '10.0.0.0/ 8',
    '10.0.0.0/0x8',
    '10.0.0.0/8/8',
    '10.0.0.0/255.0.0.0',
    '010.0.0.0/8',
    '::/129',
    '::/99999999999999999999',
    '::%eth0/64',
    '::ffff:010.0.0.1/128',
    8,
    undefined,
  ]) {
    t.throws(
      () => parsePrefix(text as string, 'dst'),
      { instanceOf: ArgumentError, message: /^dst must be / },
      String(text),
    )
  }
})
