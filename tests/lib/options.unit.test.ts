import test from 'ava'
import { ArgumentError } from '../../lib/index.js'
import { assertInteger, assertKnownKeys, assertLinkName } from '../../lib/options.js'

test('assertKnownKeys names the argument, the unknown key and the nearest known one', (t) => {
  t.notThrows(() => assertKnownKeys({ name: 'a', mtu: undefined }, ['name', 'mtu'], 'options'))
  t.throws(() => assertKnownKeys({ nmae: 'a' }, ['name', 'mtu'], 'options'), {
    instanceOf: ArgumentError,
    message: 'options has no option "nmae"; did you mean "name"? Known: name, mtu',
  })
})

test('assertKnownKeys refuses values that are not objects', (t) => {
  for (const value of [null, 'text', 7, ['name']]) {
    t.throws(() => assertKnownKeys(value as object, ['name'], 'options'), {
      instanceOf: ArgumentError,
      message: /^options must be an object with the options name, got /,
    })
  }
})

test('assertInteger accepts the bounds, and names range and unit otherwise', (t) => {
  t.notThrows(() => assertInteger('size', 1, 1, 9))
  t.notThrows(() => assertInteger('size', 9, 1, 9))
  for (const value of [0, 10, 1.5, Number.NaN, '5', undefined]) {
    t.throws(() => assertInteger('size', value as number, 1, 9, 'bytes'), {
      instanceOf: ArgumentError,
      message: /^size must be an integer from 1 to 9 bytes, got /,
    })
  }
})

test('assertLinkName counts bytes, and refuses what dev_valid_name() does', (t) => {
  const valid = [
    'x'.repeat(15),
    'ü'.repeat(7),
    'eth0.1',
    '...',
    'a%b',
    'veth%d',
    '\udcff',
    '\ufeffa',
    '漢字漢字漢',
  ]
  for (const value of valid) t.notThrows(() => assertLinkName('link', value))
  const tooLong = ['x'.repeat(16), 'ü'.repeat(8), 'äääääääxyz', '漢字漢字漢字漢字']
  const spaces = ['a b', 'a\t', '\n', '\v', '\f', '\r', 'à', '\udca0']
  for (const value of [
    '',
    '.',
    '..',
    'a/b',
    'eth0:1',
    'd0\0junk',
    '\0',
    '\ud800',
    '\udc7f',
    ...tooLong,
    ...spaces,
    7,
  ]) {
    t.throws(() => assertLinkName('link', value as string), {
      instanceOf: ArgumentError,
      message: /^link must be the name of a link: 1 to 15 bytes without /,
    })
  }
})
