import { Netns } from '../../../lib/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { openFiles } from '../../helpers/open-files.js'
import { netnsName } from '../../helpers/sandbox.js'

kernelTest('monitor emits the existing names, then added and removed ones', async (t) => {
  const [first, second] = [netnsName(t), netnsName(t)]
  Netns.create(first).close()
  const stop = new AbortController()
  const events: string[] = []
  const wanted = (name?: string) => name === first || name === second
  const waiting = new Map<string, () => void>()
  const until = (what: string) =>
    events.includes(what) ? Promise.resolve() : new Promise<void>((resolve) => waiting.set(what, resolve))
  const watching = (async () => {
    for await (const event of Netns.monitor({ signal: stop.signal })) {
      if (event.type !== 'synced' && !wanted(event.name)) continue
      const what = event.type === 'synced' ? 'synced' : `${event.type} ${event.name}`
      events.push(what)
      waiting.get(what)?.()
    }
  })()
  await until('synced')
  Netns.create(second).close()
  await until(`added ${second}`)
  Netns.delete(first)
  await until(`removed ${first}`)
  Netns.delete(second)
  await until(`removed ${second}`)
  stop.abort(new Error('enough'))
  await t.throwsAsync(watching, { message: 'enough' })
  t.deepEqual(events, [
    `added ${first}`,
    'synced',
    `added ${second}`,
    `removed ${first}`,
    `removed ${second}`,
  ])
})

kernelTest('a monitor that is left frees what it watches with, even while next is pending', async (t) => {
  const unused = Netns.monitor()
  const before = openFiles()
  t.deepEqual(await unused.return(), { done: true, value: undefined })
  const monitor = Netns.monitor()
  while ((await monitor.next()).value?.type !== 'synced');
  const pending = (async () => {
    while (!(await monitor.next()).done);
  })()
  await monitor.return()
  await pending
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.true(openFiles() <= before)
})
