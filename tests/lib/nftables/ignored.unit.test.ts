import test from 'ava'
import { snapshot } from '../../../lib/connection/index.js'
import { ArgumentError, action, match, type NftRulePart } from '../../../lib/index.js'
import { collectChanges, type NftTransaction } from '../../../lib/nftables/transaction.js'
import { pureChanges as changes } from './pure-changes.js'

/* What would be ignored, or is of the wrong kind, is refused by an error that says so. */

const table = { family: 'inet', table: 'filter' } as const
const set = { ...table, name: 's', type: 'ipv4_addr' } as const
const base = { ...table, name: 'c', hook: 'ingress' } as const
const flowtable = { ...table, name: 'f', devices: ['lo'] } as const
const rule = (...expressions: NftRulePart[]) => changes.addRule({ ...table, chain: 'c', expressions })
const call = (builder: unknown, ...args: unknown[]) =>
  (builder as (...all: unknown[]) => NftRulePart)(...args)
const verdict = (data: object) => rule(action.vmap('tcp dport', [{ key: 22, data: data as never }]))

const WRONG: readonly (readonly [() => unknown, string | RegExp])[] = [
  [() => rule(call(match.not, match.mark(1), match.mark(2))), 'match.not() takes one argument'],
  [() => rule(call(action.setMark, 1, { mask: 1 })), 'action.setMark() takes one argument'],
  [
    () => rule(call(action.deleteFromSet, '@s', 'ip saddr', { timeout: 5 })),
    'action.deleteFromSet() takes at most 2 arguments',
  ],
  [() => rule(action.log({ snaplen: 64 })), "snaplen is only for a group: the kernel's log has no packets"],
  [
    () => rule(action.log({ level: 'info', group: 1 })),
    "level is only for the kernel's log: a group has none",
  ],
  [
    () => rule(action.limit({ rate: 1, per: 'second', burst: 0 })),
    'burst must be an integer from 1 to 4294967295, got 0',
  ],
  [() => rule(action.limit({ rate: 1e300, per: 'second' })), /^rate must be a whole number/],
  [
    () => rule(action.limit({ rate: 1, per: 'week', burst: 4e9 })),
    /^options must be a rate and a burst that the kernel can compute with/,
  ],
  [
    () => rule(action.limit({ rate: 2 ** 40, per: 'week', unit: 'mbytes' })),
    /^options must be a rate and a burst that the kernel can compute with/,
  ],
  [
    () => changes.addSet({ ...set, dataInterval: true }),
    'dataInterval is only for maps whose values are of a data type',
  ],
  [
    () => changes.addSet({ ...set, map: 'verdict', dataInterval: true }),
    'dataInterval is only for maps whose values are of a data type',
  ],
  [() => changes.addSet({ ...set, autoMerge: true }), 'autoMerge is only for sets with `interval: true`'],
  [() => verdict({ jump: 'a', goto: 'b' }), /^map.0.data must be one of accept/],
  [() => verdict({ jump: 'a', chain: 'b' }), /^map.0.data must be one of accept/],
  [() => verdict({}), /^map.0.data must be one of accept/],
  [() => verdict({ jump: 5 }), 'map.0.data.jump must be the name of a chain, got 5'],
  [() => verdict({ goto: '' }), 'map.0.data.goto must be the name of a chain, got ""'],
  [
    () => changes.addSet({ ...set, map: 'counter', elements: [{ key: '10.0.0.1', data: '' }] }),
    'elements.0.data must be the name of a counter, got ""',
  ],
  [() => rule(action.flow('@')), 'flowtable must be the name of a flowtable, got ""'],
  [() => rule(action.queue({ num: '0-65535' })), 'num must be at most 65535 queues, got "0-65535"'],
  [() => rule(action.setMark({ key: 'ip saddr', map: [] })), 'mark.map must be at least one element, got []'],
  [
    () => rule(match.concat(['ip saddr', 'ip6 daddr'], ['10.0.0.1', '::1'])),
    'a rule cannot match ip and ip6: no packet is both',
  ],
  [
    () => rule(match.dport('udp', 53), action.reject('tcp-reset')),
    'a rule cannot match udp and tcp: no packet is both',
  ],
  [
    () => rule(match.saddr('10.0.0.1'), action.dnat('[2001:db8::1]:80')),
    'a rule cannot match ip and ip6: no packet is both',
  ],
  [
    () => rule(match.saddr('2001:db8::1'), action.snat('192.0.2.1')),
    'a rule cannot match ip6 and ip: no packet is both',
  ],
  [() => rule(match.saddr('@')), /^saddr must be an IPv4 address/],
]

for (const [i, [build, message]] of WRONG.entries()) {
  test(`an error says (${i}): ${message}`, (t) => {
    t.throws(build, { instanceOf: ArgumentError, message })
  })
}

/** Calls that take flags, or links, as an array. */
const FLAGS: readonly ((flags: never) => unknown)[] = [
  (flags) => rule(action.masquerade({ flags })),
  (flags) => rule(action.snat('192.0.2.1', { flags })),
  (flags) => rule(action.dnat('192.0.2.1', { flags })),
  (flags) => rule(action.redirect(80, { flags })),
  (flags) => changes.addTable({ family: 'inet', name: 't', flags }),
  (flags) => changes.addFlowtable({ ...flowtable, flags }),
]

test('flags are an array of known ones', (t) => {
  for (const [i, build] of FLAGS.entries()) {
    for (const flags of ['random', null, 5, {}, [null], ['x'], [['random']]]) {
      t.throws(() => build(flags as never), { instanceOf: ArgumentError, message: /^flags / }, String(i))
    }
  }
})

test('devices are an array of names of links, at least one', (t) => {
  for (const devices of ['lo', null, 5, {}, [], [null], [5], [''], ['a/b']]) {
    const given = devices as never
    t.throws(() => changes.addChain({ ...base, devices: given }), {
      instanceOf: ArgumentError,
      message: /^devices/,
    })
    t.throws(() => changes.addFlowtable({ ...flowtable, devices: given }), { message: /^devices/ })
  }
  t.throws(() => changes.addFlowtable({ ...table, name: 'f' } as never), { message: /^devices must be/ })
})

test('the data of an object is an object', (t) => {
  for (const type of ['limit', 'quota', 'counter', 'ctHelper'] as const) {
    for (const data of [null, 5, 'x', [], true]) {
      const add = () => changes.addObject({ ...table, name: 'o', type, data: data as never })
      t.throws(add, { instanceOf: ArgumentError, message: /^data must be the data of a / }, type)
    }
  }
})

test('a transaction that is complete takes no more changes', async (t) => {
  let saved: NftTransaction | undefined
  collectChanges((change) => {
    saved = change
  })
  const late = () => saved?.addTable({ family: 'inet', name: 't' })
  const message = 'change.addTable was called after its transaction was complete: it would not be sent'
  t.throws(late, { instanceOf: ArgumentError, message })
  t.throws(() =>
    collectChanges((change) => {
      saved = change
      throw new Error('no')
    }),
  )
  t.throws(late, { instanceOf: ArgumentError, message })
  const slow = async (change: NftTransaction) => {
    await undefined
    change.addTable({ family: 'inet', name: 't' })
  }
  t.throws(() => collectChanges(slow as unknown as () => void), { instanceOf: ArgumentError })
  await new Promise((resolve) => setTimeout(resolve, 1))
})

test('what is wrong with an object that has a Date or a bigint in it is said, and it is copied', (t) => {
  const date = new Date(0)
  t.is(snapshot({ date }).date.toISOString(), '1970-01-01T00:00:00.000Z')
  const wrong = { ...set, elements: [[date]] } as never
  t.throws(() => changes.addSet(wrong), { instanceOf: ArgumentError, message: /1970-01-01/ })
  t.throws(() => changes.addSet({ ...set, elements: [['a', 5n]] } as never), { message: /\["a","5n"\]/ })
})
