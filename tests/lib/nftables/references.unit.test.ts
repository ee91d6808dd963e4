import test from 'ava'
import { ArgumentError, match } from '../../../lib/index.js'
import { pureChanges as changes } from './pure-changes.js'

const table = { family: 'inet', table: 'filter' } as const
const rule = { ...table, chain: 'c', expressions: [] }
const flowtable = { ...table, name: 'f', devices: ['lo'] }

/** Each change with all that it requires, and the names and handles among that. */
const REQUIRED = {
  addTable: [{ family: 'inet', name: 't' }, ['name']],
  deleteTable: [table, ['table']],
  addChain: [{ ...table, name: 'c' }, ['table', 'name']],
  deleteChain: [{ ...table, chain: 'c' }, ['table', 'chain']],
  addRule: [rule, ['table', 'chain']],
  insertRule: [rule, ['table', 'chain']],
  replaceRule: [{ ...rule, handle: 1n }, ['table', 'chain', 'handle']],
  deleteRules: [{ ...table, chain: 'c', handle: 1n }, ['table', 'chain']],
  addSet: [{ ...table, name: 's', type: 'mark' }, ['table', 'name']],
  deleteSet: [{ ...table, set: 's' }, ['table', 'set']],
  addElements: [{ ...table, set: 's', type: 'mark', elements: [1] }, ['table', 'set']],
  deleteElements: [{ ...table, set: 's', type: 'mark', elements: [1] }, ['table', 'set']],
  flushSet: [{ ...table, set: 's' }, ['table', 'set']],
  addObject: [{ ...table, type: 'counter', name: 'o' }, ['table', 'name']],
  deleteObject: [{ ...table, type: 'counter', name: 'o' }, ['table', 'name']],
  addFlowtable: [flowtable, ['table', 'name']],
  deleteFlowtable: [{ ...table, flowtable: 'f' }, ['table', 'flowtable']],
} as const

type Call = (spec: object, exclusive?: unknown) => unknown
const callOf = (name: keyof typeof REQUIRED) => changes[name] as unknown as Call

for (const [name, [spec, keys]] of Object.entries(REQUIRED)) {
  const call = callOf(name as keyof typeof REQUIRED)
  for (const key of keys) {
    test(`${name} refuses a spec without ${key}, an empty one, and other values`, (t) => {
      t.notThrows(() => call(spec))
      const { [key]: _, ...without } = spec as Record<string, unknown>
      const missing = t.throws(() => call(without), { instanceOf: ArgumentError })
      t.is((missing as ArgumentError).argument, key)
      for (const value of [undefined, null, '', 0, 5, {}, ['a']]) {
        const error = t.throws(() => call({ ...spec, [key]: value }), { instanceOf: ArgumentError })
        t.is((error as ArgumentError).argument, key)
      }
    })
  }
  test(`${name} refuses the family unspec`, (t) => {
    t.throws(() => call({ ...spec, family: 'unspec' }), { instanceOf: ArgumentError, message: /^family / })
  })
}

test('a rule is not deleted by its handle alone: the kernel would delete all rules of the table', (t) => {
  t.throws(() => changes.deleteRules({ ...table, handle: 5n }), {
    instanceOf: ArgumentError,
    message: 'chain is missing: a rule is deleted by its chain and its handle (5n)',
  })
  t.notThrows(() => changes.deleteRules(table))
})

test('handles and positions are bigints above 0', (t) => {
  for (const handle of [1, '1', null, 0n, -1n, 1n << 64n]) {
    const given = handle as never
    t.throws(() => changes.deleteRules({ ...table, chain: 'c', handle: given }), {
      message: /^handle must be/,
    })
    t.throws(() => changes.replaceRule({ ...rule, handle: given }), { message: /^handle must be/ })
    t.throws(() => changes.addRule({ ...rule, position: given }), { message: /^position must be/ })
  }
})

for (const name of ['addTable', 'addChain', 'addSet', 'addObject', 'addFlowtable'] as const) {
  test(`exclusive of ${name} is true or false`, (t) => {
    for (const exclusive of ['yes', 1, null, {}]) {
      t.throws(() => callOf(name)(REQUIRED[name][0], exclusive), {
        message: /^exclusive must be true or false/,
      })
    }
  })
}

test('durations and sizes of sets and elements are whole numbers', (t) => {
  const set = { ...table, name: 's', type: 'mark' } as const
  for (const value of [Number.NaN, null, '5', -1, 0.5, Number.POSITIVE_INFINITY, {}, true]) {
    const given = value as never
    const refused = (call: () => unknown, argument: string) =>
      t.is((t.throws(call, { instanceOf: ArgumentError }) as ArgumentError).argument, argument)
    refused(() => changes.addSet({ ...set, timeout: given }), 'timeout')
    refused(() => changes.addSet({ ...set, gcInterval: given }), 'gcInterval')
    refused(() => changes.addSet({ ...set, size: given }), 'size')
    const elements = (element: object) => [{ key: 1, ...element }]
    refused(() => changes.addSet({ ...set, elements: elements({ timeout: given }) }), 'elements.0.timeout')
    refused(() => changes.addSet({ ...set, elements: elements({ expires: given }) }), 'elements.0.expires')
  }
})

test('values are text or numbers, names of links text: nothing else is taken for the text that it has', (t) => {
  const set = { ...table, name: 's' } as const
  for (const value of [null, {}, ['a', 'b'], [5], true, () => {}, Symbol('a')]) {
    const given = value as never
    const rule = (part: Parameters<typeof changes.addRule>[0]['expressions'][0]) =>
      changes.addRule({ ...table, chain: 'c', expressions: [part] })
    for (const name of ['iifname', 'oif', 'mark', 'skuid', 'saddr', 'ctState', 'l4proto'] as const) {
      t.throws(() => rule(match[name](given)), { instanceOf: ArgumentError, message: new RegExp(`${name}`) })
      t.throws(() => rule(match[name]('10.0.0.1', given)), { instanceOf: ArgumentError }, name)
    }
    for (const type of ['ifname', 'mark', 'ipv4_addr', 'hour', 'classid', 'ether_addr'] as const) {
      // An array of one field is a key as well.
      const key = Array.isArray(value) && value.length === 1 ? null : given
      const add = () => changes.addSet({ ...set, type, elements: [{ key }] as never })
      t.throws(add, { instanceOf: ArgumentError }, type)
      const fields = [['a', given]] as never
      t.throws(() => changes.addSet({ ...set, type: ['ifname', type], elements: fields }), {
        instanceOf: ArgumentError,
      })
    }
  }
  t.throws(
    () => changes.addRule({ ...table, chain: 'c', expressions: [match.iifname('a', undefined as never)] }),
    {
      instanceOf: ArgumentError,
      message: /^iifname.1 must be/,
    },
  )
})

test('the types of sets are those that nft(8) can declare, as many as a key has room for', (t) => {
  const set = { ...table, name: 's' } as const
  for (const type of ['string', 'ct_label', 'ct_event']) {
    const message = new RegExp(`cannot be "${type}"; .*ipv4_addr, ipv6_addr`)
    for (const given of [{ type }, { type: ['mark', type] }, { type: 'mark', map: type }]) {
      t.throws(() => changes.addSet({ ...set, ...(given as { type: 'mark' }) }), {
        instanceOf: ArgumentError,
        message,
      })
    }
  }
  const many = Array.from({ length: 6 }, () => 'mark' as const)
  t.throws(() => changes.addSet({ ...set, type: many }), {
    message: /^type must be at most 5 data types, got /,
  })
  const wide = Array.from({ length: 5 }, () => 'ipv6_addr' as const)
  t.throws(() => changes.addSet({ ...set, type: wide }), {
    message: /^type must be of at most 64 bytes: .* has 80$/,
  })
})

test('a field of a concatenated key is not the names of all links: stock nft(8) fails to list that', (t) => {
  const type = ['ifname', 'mark'] as const
  const add = (key: [string, number]) =>
    changes.addSet({ ...table, name: 's', type, interval: true, elements: [key] })
  t.notThrows(() => add(['eth*', 1]))
  t.throws(() => add(['*', 1]), {
    instanceOf: ArgumentError,
    message: /^elements.0 cannot have the field "\*"/,
  })
})
