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

test('assertLinkName counts bytes, not characters', (t) => {
  t.notThrows(() => assertLinkName('link', 'x'.repeat(15)))
  for (const value of ['', 'x'.repeat(16), 'ü'.repeat(8), 7]) {
    t.throws(() => assertLinkName('link', value as string), {
      instanceOf: ArgumentError,
      message: /^link must be the name of a link, 1 to 15 bytes, got /,
    })
  }
})
