import { ArgumentError, connectUplink, disconnectUplink, echo, isolate, Netns } from '../../lib/index.js'
import { openFake } from '../../lib/testing/index.js'
import { kernelTest } from '../helpers/needs.js'

type Call = (...args: unknown[]) => unknown

/** Functions, and the argument that they name when all are missing. */
const CALLS: Readonly<Record<string, readonly [argument: string, call: (netns: Netns) => Call]>> = {
  'Netns.open': ['netns', () => Netns.open as Call],
  'Netns.delete': ['name', () => Netns.delete as Call],
  'Netns.attach': ['netns', () => Netns.attach as Call],
  'Netns.identify': ['netns.pid', () => Netns.identify as Call],
  run: ['act', (netns) => netns.run.bind(netns) as Call],
  spawn: ['command', (netns) => netns.spawn.bind(netns) as Call],
  exec: ['command', (netns) => netns.exec.bind(netns) as Call],
  worker: ['url', (netns) => netns.worker.bind(netns) as Call],
  listen: ['server', (netns) => netns.listen.bind(netns) as Call],
  connect: ['to', (netns) => netns.connect.bind(netns) as Call],
  equals: ['other', (netns) => netns.equals.bind(netns) as Call],
  'sysctl.get': ['name', ({ sysctl }) => sysctl.get.bind(sysctl) as Call],
  'sysctl.set': ['name', ({ sysctl }) => sysctl.set.bind(sysctl) as Call],
  echo: ['address', () => echo as Call],
  isolate: ['command', () => isolate as Call],
  connectUplink: ['netns', () => connectUplink as Call],
  disconnectUplink: ['netns', () => disconnectUplink as Call],
  openFake: ['kernel', () => openFake as Call],
}

for (const [name, [argument, of]] of Object.entries(CALLS)) {
  kernelTest(`${name} names the argument that is missing, also when null is given`, async (t) => {
    using netns = Netns.create()
    const call = of(netns)
    for (const args of [[], [undefined], [null]]) {
      const error = await t.throwsAsync(async () => await call(...args), { instanceOf: ArgumentError })
      t.is((error as ArgumentError).argument, argument)
    }
  })
}

kernelTest('a value of another type is refused as a missing one is', async (t) => {
  using netns = Netns.create()
  for (const [argument, call] of [
    ['command', () => netns.spawn('')],
    ['command', () => netns.spawn(7 as never)],
    ['command', () => netns.spawn('a\0b')],
    ['args[1]', () => netns.spawn('true', ['a', 'b\0c'])],
    ['args', () => netns.exec('true', 'text' as never)],
    ['args', () => netns.exec('true', {} as never)],
    ['args', () => isolate('true', { loopback: true } as never)],
    ['command', () => isolate('')],
    ['url', () => netns.worker(7 as never)],
    ['server', () => netns.listen({} as never)],
    ['options.uid', () => netns.spawn('true', [], { mounts: true, uid: 'nobody' as never })],
    ['options.gid', () => netns.spawn('true', [], { mounts: true, gid: 1.5 })],
    ['options.env.A', () => netns.spawn('true', [], { mounts: true, env: { A: 'a\0b' } })],
  ] as const) {
    const error = await t.throwsAsync(async () => await call(), { instanceOf: ArgumentError }, argument)
    t.is((error as ArgumentError).argument, argument)
  }
})

kernelTest('exec and isolate reject; they throw nothing at once', async (t) => {
  using netns = Netns.create()
  for (const call of [
    () => netns.exec('' as never),
    () => netns.exec('true', [], { timout: 1 } as never),
    () => netns.exec('true', [], { timeout: 'soon' as never }),
    () => isolate('' as never),
    () => isolate('true', [], { mount: true } as never),
  ]) {
    const promise = call()
    await t.throwsAsync(promise, { instanceOf: Error })
  }
  netns.close()
  await t.throwsAsync(netns.exec('true'), { instanceOf: ArgumentError })
})

kernelTest('an abort rejects with the reason of the signal', async (t) => {
  using netns = Netns.create()
  for (const mounts of [false, true]) {
    const reason = new Error('enough')
    await t.throwsAsync(netns.exec('sleep', ['60'], { mounts, signal: AbortSignal.abort(reason) }), {
      is: reason,
    })
    const controller = new AbortController()
    const running = netns.exec('sleep', ['60'], { mounts, signal: controller.signal })
    t.true((running.child.pid ?? 0) > 0)
    setTimeout(() => controller.abort(reason), 20)
    await t.throwsAsync(running, { is: reason })
    await t.throwsAsync(isolate('true', [], { mounts, signal: AbortSignal.abort(reason) }), { is: reason })
  }
})
