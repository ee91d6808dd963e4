import { type ArgumentError, LinkNotFoundError, type RtNetlink } from '../../../lib/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { sandbox } from '../../helpers/sandbox.js'

/** Any calls at all: what TypeScript refuses, JavaScript can do. */
type Untyped = Record<string, Record<string, (...args: unknown[]) => Promise<unknown>>>

const ADDRESS = { link: 'lo', address: '192.0.2.1/32' }
const ROUTE = { dst: '192.0.2.0/24', oif: 'lo' }

/** Calls with a wrong argument, and what the error says. */
const REFUSED: readonly (readonly [string, (net: Untyped) => unknown, RegExp])[] = [
  ['options that are null', (net) => net['routes']?.['get']?.('1.1.1.1', null), /^options must be an object/],
  ['an option of add', (net) => net['addresses']?.['add']?.(ADDRESS, { signl: 1 }), /did you mean "signal"/],
  [
    'options that are a number',
    (net) => net['addresses']?.['add']?.(ADDRESS, 5),
    /^options must be an object/,
  ],
  [
    'a signal that is a number',
    (net) => net['addresses']?.['list']?.({ signal: 5 }),
    /signal must be an AbortSignal/,
  ],
  [
    'a signal of get',
    (net) => net['links']?.['get']?.('lo', { signal: 5 }),
    /^options.signal must be an AbortS/,
  ],
  [
    'what only the library itself sets in a bulk',
    (net) => net['routes']?.['addAll']?.([], { usesNames: false }),
    /^options has no option "usesNames"/,
  ],
  [
    'an option of a bulk',
    (net) => net['routes']?.['addAll']?.([], { onProgres: 1 }),
    /did you mean "onProgress"/,
  ],
  ['a callback', (net) => net['links']?.['addAll']?.([], { onFailure: 5 }), /onFailure must be a function/],
  ['items that are undefined', (net) => net['rules']?.['addAll']?.(undefined), /^items must be an iterable/],
  ['items that are text', (net) => net['links']?.['deleteAll']?.('eth0'), /^items must be an iterable/],
  ['an option of a link', (net) => net['links']?.['delete']?.('lo', { signl: 1 }), /did you mean "signal"/],
  [
    'a link without a kind',
    (net) => net['links']?.['add']?.({ name: 'x' }),
    /^spec.kind must be a kind of link/,
  ],
  ['next hops', (net) => net['routes']?.['add']?.({ ...ROUTE, multipath: 5 }), /^multipath must be an array/],
  [
    'a next hop',
    (net) => net['routes']?.['add']?.({ ...ROUTE, multipath: [null] }),
    /^multipath.0 must be an object with the options oif, weight, flags, gateway/,
  ],
  [
    'an option of a next hop',
    (net) => net['routes']?.['add']?.({ ...ROUTE, multipath: [{ oiff: 'lo' }] }),
    /^multipath.0 has no option "oiff"; did you mean "oif"/,
  ],
  [
    'the other end of a pair, as a name',
    (net) => net['links']?.['add']?.({ kind: 'veth', peer: 'x' }),
    /^peer must be an object/,
  ],
  [
    'the other end of a pair, as null',
    (net) => net['links']?.['add']?.({ kind: 'veth', peer: null }),
    /^peer must be an object/,
  ],
  [
    'slave data that is null',
    (net) => net['links']?.['set']?.('lo', { slave: null }),
    /^slave must be an object/,
  ],
  [
    'an option of slave data',
    (net) => net['links']?.['set']?.('lo', { slave: { kind: 'bridge', dta: {} } }),
    /^slave has no option "dta"; did you mean "data"/,
  ],
  [
    'slave data without a kind',
    (net) => net['links']?.['set']?.('lo', { slave: { data: {} } }),
    /^slave.kind must be the kind of the master/,
  ],
  [
    'data without a kind',
    (net) => net['links']?.['set']?.('lo', { data: { ageingTime: 5 } }),
    /^kind is required with data/,
  ],
  ['a rule that is an array', (net) => net['rules']?.['add']?.([]), /^spec must be an object/],
  [
    'a rule that selects nothing',
    (net) => net['rules']?.['delete']?.({ family: 'inet6' }),
    /^spec must be a rule/,
  ],
  ['a raw request', (net) => net['raw']?.['request']?.(null), /^request must be an object/],
  ['a codec', (net) => net['raw']?.['request']?.({ type: 16, value: {} }), /^request.codec must be a codec/],
]

for (const [what, call, message] of REFUSED) {
  kernelTest(`a wrong argument is an ArgumentError: ${what}`, async (t) => {
    const { net } = await sandbox(t)
    await t.throwsAsync(async () => call(net as unknown as Untyped), {
      code: 'ERR_NETLINK_ARGUMENT',
      message,
    })
  })
}

kernelTest('a watch checks its names and options', async (t) => {
  const { net } = await sandbox(t)
  const watch = (names: unknown, options?: object) => net.watch(names as ['link'], options).next()
  await t.throwsAsync(watch('link'), { message: /^names must be an array/ })
  await t.throwsAsync(watch(['link'], { allNamespace: true }), { message: /did you mean "allNamespaces"/ })
  await t.throwsAsync(watch(['link'], { signal: 5 }), { message: /signal must be an AbortSignal/ })
})

const MISSING = 9999

/** Calls that refer to a link by an index that no link has. */
const MISSING_LINKS: Readonly<Record<string, (net: RtNetlink) => Promise<unknown>>> = {
  'routes.add oif': ({ routes }) => routes.add({ dst: '10.0.0.0/8', oif: MISSING }),
  'routes.add IPv6 oif': ({ routes }) => routes.add({ dst: '2001:db8::/32', oif: MISSING }),
  'routes.add multipath': ({ routes }) =>
    routes.add({ dst: '10.0.0.0/8', multipath: [{ oif: MISSING }, { oif: MISSING }] }),
  'routes.get oif': ({ routes }) => routes.get('192.0.2.1', { oif: MISSING }),
  'routes.delete oif': ({ routes }) => routes.delete({ dst: '10.0.0.0/8', oif: MISSING }),
  'routes.list oif': ({ routes }) => routes.list({ oif: MISSING }),
  'addresses.list link': ({ addresses }) => addresses.list({ link: MISSING }),
  'addresses.flush link': ({ addresses }) => addresses.flush({ link: MISSING }),
  'neighbours.list link': ({ neighbours }) => neighbours.list({ link: MISSING }),
  'links.list master': ({ links }) => links.list({ master: MISSING }),
  'links.add link': ({ links }) => links.add({ kind: 'macvlan', link: MISSING }),
  'links.add master': ({ links }) => links.add({ kind: 'ifb', master: MISSING }),
  'links.set master': ({ links }) => links.set('lo', { master: MISSING }),
}

for (const [what, call] of Object.entries(MISSING_LINKS)) {
  kernelTest(`an index without a link is a LinkNotFoundError: ${what}`, async (t) => {
    const { net } = await sandbox(t)
    await net.links.set('lo', { up: true })
    const error: (ArgumentError | LinkNotFoundError) | undefined = await t.throwsAsync(call(net), {
      instanceOf: LinkNotFoundError,
    })
    t.is((error as LinkNotFoundError).link, MISSING)
  })
}
