import { spawnSync } from 'node:child_process'
import { ArgumentError, action, match, Nftables, type NftEvent } from '../../../lib/index.js'
import { kernelTest, stockEnv, toolTest } from '../../helpers/needs.js'
import { openFiles } from '../../helpers/open-files.js'
import { filter, firewall } from './firewall.js'

/** Reads events up to the one that ends the last of so many transactions. */
async function until(events: AsyncIterable<NftEvent>, transactions: number): Promise<NftEvent[]> {
  const found: NftEvent[] = []
  for await (const event of events) {
    found.push(event)
    if (event.type === 'generation' && --transactions === 0) break
  }
  return found
}

/** What an event is about, in short. */
function summary(event: NftEvent): string {
  if (event.type === 'overrun' || event.type === 'generation') return event.type
  const { object, value } = event
  const name = 'name' in value ? value.name : ''
  const text = object === 'elements' ? event.value.elements.map(({ key }) => key).join(' ') : name
  return `${event.type} ${object} ${text}`.trim()
}

kernelTest('what changes is told as it is listed, transaction by transaction', async (t) => {
  const { nft } = await firewall(t)
  await nft.addTable({ family: 'inet', name: 'filter' })
  await nft.addSet({ ...filter, name: 'known', type: 'mark', interval: true })
  const monitor = nft.monitor()
  await nft.transaction((change) => {
    change.addChain({ ...filter, name: 'in', hook: 'input', comment: 'of a test' })
    change.addObject({ ...filter, type: 'counter', name: 'web', data: {} })
    change.addSet({ ...filter, name: 'nets', type: 'ipv4_addr', interval: true })
    change.addElements({ ...filter, set: 'nets', elements: ['10.0.0.0/8', '240.0.0.0/4'] })
    change.addElements({ ...filter, set: 'known', elements: [{ key: '5-9', comment: 'x' }, 12] })
    change.addRule({ ...filter, chain: 'in', expressions: [match.mark(1, 2), action.counter('web')] })
  })
  await nft.deleteElements({ ...filter, set: 'nets', elements: ['10.0.0.0/8'] })
  await nft.deleteTable(filter)
  const events = await until(monitor, 3)
  t.deepEqual(
    events
      .slice(
        0,
        events.findIndex(({ type }) => type === 'generation'),
      )
      .map(summary),
    [
      'added chain in',
      'added object web',
      'added set nets',
      'added elements 10.0.0.0/8 240.0.0.0/4',
      'added elements 5-9 12',
      'added set __set0',
      'added elements 1 2',
      'added rule',
    ],
  )
  const [chain] = events
  t.like(chain, { value: { table: 'filter', policy: 'accept', comment: 'of a test' } })
  const rule = events.find((event) => event.type === 'added' && event.object === 'rule')
  t.like(rule, { value: { chain: 'in' } })
  t.deepEqual(
    rule?.type === 'added' && rule.object === 'rule' && rule.value.expressions.map(({ name }) => name),
    ['meta', 'lookup', 'objref'],
  )
  const texts = events.map(summary)
  t.true(texts.includes('removed elements 10.0.0.0/8'))
  t.deepEqual(texts.slice(-2), ['removed table filter', 'generation'])
  const [first, second] = events.filter((event) => event.type === 'generation')
  t.is(second?.generation, (first?.generation ?? 0) + 1)
})

toolTest('nft')('changes by nft(8) are told, with its name', async (t) => {
  const { nft, netns } = await firewall(t)
  const monitor = nft.monitor()
  const input = 'table ip t { set s { type ifname; flags interval; elements = { "eth*", "lo" }; }; }\n'
  netns.run(() => spawnSync('nft', ['-f', '-'], { input, env: stockEnv }))
  const events = await until(monitor, 1)
  t.deepEqual(events.map(summary), ['added table t', 'added set s', 'added elements eth* lo', 'generation'])
  t.like(events.at(-1), { name: 'nft' })
})

kernelTest('lost changes are said', async (t) => {
  const { nft, netns } = await firewall(t)
  await using small = await Nftables.open({ netns, receiveBuffer: 4096 })
  const monitor = small.monitor()
  await nft.addTable({ family: 'inet', name: 'filter' })
  const elements = Array.from({ length: 5000 }, (_, i) => i)
  await nft.addSet({ ...filter, name: 's', type: 'mark', elements })
  const found: string[] = []
  for await (const event of monitor) {
    found.push(event.type)
    if (event.type === 'overrun') break
  }
  t.is(found.at(-1), 'overrun')
})

kernelTest('it ends with its signal, with its connection, and by return', async (t) => {
  const { netns } = await firewall(t)
  const before = openFiles()
  const nft = await Nftables.open({ netns })
  const controller = new AbortController()
  const aborted = nft.monitor({ signal: controller.signal }).next()
  controller.abort()
  t.is(await aborted.catch((error: Error) => error.name), 'AbortError')
  const left = nft.monitor()
  await left.return()
  t.true((await left.next()).done)
  await t.throwsAsync(nft.monitor({ signla: controller.signal } as never).next(), {
    instanceOf: ArgumentError,
    message: /^options has no option "signla"; did you mean "signal"\?/,
  })
  const open = nft.monitor()
  const next = open.next()
  nft.close()
  await t.throwsAsync(next, { name: 'ClosedError' })
  t.is(openFiles(), before)
})
