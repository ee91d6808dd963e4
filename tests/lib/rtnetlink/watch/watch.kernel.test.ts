import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import {
  ArgumentError,
  Netns,
  type ObjectName,
  RtNetlink,
  type WatchEvent,
  type WatchOptions,
} from '../../../../lib/index.js'
import { kernelTest } from '../../../helpers/needs.js'
import { openFiles } from '../../../helpers/open-files.js'
import { joined, sandbox } from '../../../helpers/sandbox.js'

/** Follows a watch; `until` waits for an event, and gives all that came up to it. */
function follow<K extends ObjectName>(
  t: ExecutionContext<unknown>,
  net: RtNetlink,
  names: readonly K[],
  options: WatchOptions = {},
) {
  const stop = new AbortController()
  const events = net.watch(names, { ...options, signal: stop.signal })
  t.teardown(() => stop.abort())
  return {
    events,
    stop,
    async until(matches: (event: WatchEvent<K>) => boolean): Promise<WatchEvent<K>[]> {
      const seen: WatchEvent<K>[] = []
      const late = setTimeout(
        () =>
          stop.abort(
            new Error(
              `not seen; but ${JSON.stringify(seen, (_, v) => (typeof v === 'bigint' ? String(v) : v)).slice(0, 2000)}`,
            ),
          ),
        20_000,
      )
      try {
        for (;;) {
          const { value, done } = await events.next()
          if (done) throw new Error('ended')
          seen.push(value)
          if (matches(value)) return seen
        }
      } finally {
        clearTimeout(late)
      }
    },
  }
}

const synced = (event: { type: string }) => event.type === 'synced'

kernelTest('a watch reports what exists, then what happens', async (t) => {
  const { net } = await sandbox(t)
  await net.links.add({ kind: 'ifb', name: 'old' })
  const { until } = follow(t, net, ['link'])
  const first = await until(synced)
  t.deepEqual(
    first.map((event) => (event.type === 'added' ? event.value.name : event.type)),
    ['lo', 'old', 'synced'],
  )

  await net.links.add({ kind: 'ifb', name: 'new' })
  t.like((await until(({ type }) => type === 'added')).at(-1), {
    object: 'link',
    value: { name: 'new', kind: 'ifb' },
  })

  await net.links.set('new', { mtu: 1234 })
  const [changed] = (await until(({ type }) => type === 'changed')).slice(-1)
  t.true(changed?.type === 'changed')
  if (changed?.type === 'changed') {
    t.deepEqual(changed.difference, { mtu: 1234 })
    t.is(changed.previous.mtu, 1500)
    t.is(changed.value.mtu, 1234)
  }

  await net.links.delete('old')
  t.like((await until(({ type }) => type === 'removed')).at(-1), { object: 'link', value: { name: 'old' } })
})

kernelTest('counters alone are not a change', async (t) => {
  const { here } = await joined(t)
  // The kernel finds out that there is a carrier a moment after the link is up: which would be a change.
  while ((await here.net.links.get('left')).operstate !== 'up') await sleep(5)
  const { until } = follow(t, here.net, ['link'])
  await until(synced)
  await here.net.links.set('left', { mtu: 1500 })
  await here.net.links.set('left', { ifalias: 'x' })
  const seen = await until(({ type }) => type === 'changed')
  t.is(seen.length, 1)
  t.like(seen[0], { difference: { ifalias: 'x' } })
})

kernelTest('a port that leaves its bridge is changed, not removed', async (t) => {
  const { here } = await joined(t)
  const { net } = here
  await net.links.add({ kind: 'bridge', name: 'br' })
  await net.links.set('left', { master: 'br' })
  const { until } = follow(t, net, ['link'])
  await until(synced)
  await net.links.set('left', { master: null })
  await net.links.set('left', { ifalias: 'end' })
  const seen = await until((event) => event.type === 'changed' && 'ifalias' in event.difference)
  t.false(seen.some(({ type }) => type === 'removed'))
  t.true(
    seen.some(
      (event) => event.type === 'changed' && 'master' in event.difference && event.value.master === undefined,
    ),
  )
})

kernelTest('addresses and routes are added and removed', async (t) => {
  const { here } = await joined(t)
  const { net } = here
  const { until } = follow(t, net, ['address', 'route'])
  await until(synced)
  await net.addresses.add({ link: 'left', address: '10.0.0.1/24' })
  await net.routes.add({ dst: '10.9.0.0/16', gateway: '10.0.0.2' })
  await net.routes.replace({ dst: '10.9.0.0/16', gateway: '10.0.0.3' })
  await net.routes.delete({ dst: '10.9.0.0/16' })
  await net.addresses.delete({ link: 'left', address: '10.0.0.1/24' })
  const seen = await until((event) => event.type === 'removed' && event.object === 'address')
  const about = (dst: string) =>
    seen.filter((event) => 'object' in event && event.object === 'route' && event.value.dst === dst)
  t.deepEqual(
    about('10.9.0.0/16').map(({ type }) => type),
    ['added', 'changed', 'removed'],
  )
  t.like(about('10.9.0.0/16')[1], { difference: { gateway: '10.0.0.3' }, previous: { gateway: '10.0.0.2' } })
  t.true(
    seen.some(
      (event) =>
        event.type === 'added' && event.object === 'address' && event.value.address === '10.0.0.1/24',
    ),
  )
})

kernelTest('a namespace other than the connection’s can be watched', async (t) => {
  const { net } = await sandbox(t)
  const there = await sandbox(t)
  const before = openFiles()
  for await (const event of net.watch(['link'], { netns: there.netns })) {
    if (event.type === 'synced') await there.net.links.add({ kind: 'ifb', name: 'seen' })
    if (event.type === 'added' && event.value.name === 'seen') break
  }
  t.is(openFiles(), before)
  await t.throwsAsync(net.watch(['link'], { netns: 'rtnl-test-none' }).next(), { code: 'ENOENT' })
})

kernelTest('rules are added and removed', async (t) => {
  const { net } = await sandbox(t)
  const { until } = follow(t, net, ['rule'])
  await until(synced)
  await net.rules.add({ src: '10.0.0.0/8', table: 100, priority: 10 })
  await net.rules.delete({ src: '10.0.0.0/8', table: 100, priority: 10 })
  const seen = await until((event) => event.type === 'removed')
  t.like(seen.at(-2), { type: 'added', object: 'rule', value: { src: '10.0.0.0/8', table: 100 } })
})

kernelTest('routes that the kernel removes without a notification are reported', async (t) => {
  const { here } = await joined(t)
  const { net } = here
  await net.routes.add({ dst: '10.9.0.0/16', gateway: '192.0.2.2' })
  const { until } = follow(t, net, ['route'])
  await until(synced)
  await net.links.set('left', { up: false })
  const seen = await until((event) => event.type === 'removed' && event.value.dst === '10.9.0.0/16')
  t.like(seen.at(-1), { object: 'route', value: { gateway: '192.0.2.2' } })
})

kernelTest(
  'nothing is lost between the listing and the notifications: the folded events equal the kernel’s state',
  async (t) => {
    const { here } = await joined(t)
    const { net } = here
    const routes = Array.from({ length: 5000 }, (_, i) => ({
      dst: `10.0.${i >> 8}.${i & 255}`,
      gateway: '192.0.2.2',
    }))
    const { until } = follow(t, net, ['route'])
    // Added while it is being listed.
    const adding = net.routes.addAll(routes)
    const known = new Map<string, unknown>()
    const apply = (events: WatchEvent<'route'>[]) => {
      for (const event of events) {
        if (event.type === 'removed') known.delete(event.value.dst)
        else if ('object' in event) known.set(event.value.dst, event.value)
      }
    }
    apply(await until(synced))
    await adding
    await net.routes.deleteAll(routes.slice(0, 2500))
    await net.routes.add({ dst: '203.0.113.0/24', oif: 'left' })
    apply(await until((event) => 'object' in event && event.value.dst === '203.0.113.0/24'))
    const mine = [...known.keys()].filter((dst) => dst.startsWith('10.'))
    t.deepEqual(
      mine.sort(),
      routes
        .slice(2500)
        .map(({ dst }) => `${dst}/32`)
        .sort(),
    )
  },
)

kernelTest('after an overrun, one event says so and the differences follow', async (t) => {
  const { here } = await joined(t)
  const net = await RtNetlink.open({ netns: here.netns, receiveBuffer: 4096 })
  t.teardown(() => net.close())
  const { until } = follow(t, net, ['route'])
  const known = new Set<string>()
  const apply = (events: WatchEvent<'route'>[]) => {
    for (const event of events) {
      if (event.type === 'removed') known.delete(event.value.dst)
      else if (event.type === 'added') known.add(event.value.dst)
    }
    return events
  }
  apply(await until(synced))
  await here.net.routes.addAll(
    Array.from({ length: 20_000 }, (_, i) => ({ dst: `10.0.${i >> 8}.${i & 255}`, gateway: '192.0.2.2' })),
  )
  const events = apply(await until(({ type }) => type === 'overrun'))
  events.push(...apply(await until(synced)))
  t.is(events.filter(({ type }) => type === 'overrun').length, 1)
  t.is([...known].filter((dst) => dst.startsWith('10.')).length, 20_000)
})

kernelTest('allNamespaces follows every namespace that has an id', async (t) => {
  const here = await sandbox(t)
  const there = await sandbox(t)
  await here.net.nsids.set(there.netns, 5)
  const { until } = follow(t, here.net, ['link', 'address'], { allNamespaces: true })
  const first = await until(synced)
  t.deepEqual(
    first.flatMap((event) =>
      'object' in event && event.object === 'link' ? [[event.value.name, event.nsid]] : [],
    ),
    [
      ['lo', undefined],
      ['lo', 5],
    ],
  )
  await there.net.links.add({ kind: 'ifb', name: 'afar' })
  t.like((await until(({ type }) => type === 'added')).at(-1), { nsid: 5, value: { name: 'afar' } })
  await here.net.links.add({ kind: 'ifb', name: 'near' })
  const near = (await until(({ type }) => type === 'added')).at(-1)
  t.like(near, { value: { name: 'near' } })
  t.false(near !== undefined && 'nsid' in near)
})

kernelTest(
  'a watch ends by its signal, by a break, and with its connection; no file stays open',
  async (t) => {
    using netns = Netns.create()
    const before = openFiles()
    const net = await RtNetlink.open({ netns })
    const stop = new AbortController()
    const events = net.watch(['link'], { signal: stop.signal })
    await events.next()
    await events.next()
    const waiting = events.next()
    setTimeout(() => stop.abort(new Error('enough')), 5)
    await t.throwsAsync(waiting, { message: 'enough' })
    for await (const { type } of net.watch(['link'])) if (type === 'synced') break
    const last = net.watch(['link', 'route', 'address'])
    for (;;) if ((await last.next()).value?.type === 'synced') break
    const cut = last.next()
    setTimeout(() => net.close(), 5)
    await t.throwsAsync(cut, { code: 'ERR_NETLINK_CLOSED' })
    t.is(openFiles(), before)
  },
)

kernelTest('watching an unknown kind of object is refused', async (t) => {
  const { net } = await sandbox(t)
  await t.throwsAsync(net.watch(['lnik' as 'link']).next(), {
    instanceOf: ArgumentError,
    message: /no object "lnik" to watch; did you mean "link"/,
  })
  await t.throwsAsync(net.watch(['link'], { signal: AbortSignal.abort(new Error('never')) }).next(), {
    message: 'never',
  })
})
