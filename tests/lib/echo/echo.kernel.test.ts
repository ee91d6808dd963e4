import { setTimeout as sleep } from 'node:timers/promises'
import { ArgumentError, EchoTimeoutError, echo, LinkNotFoundError, SystemError } from '../../../lib/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { openFiles } from '../../helpers/open-files.js'
import { joined, sandbox } from '../../helpers/sandbox.js'

kernelTest('loopback is unreachable while lo is down, and answers once it is up', async (t) => {
  const { net, netns } = await sandbox(t)
  const error = await t.throwsAsync(echo('127.0.0.1', { netns }), {
    instanceOf: SystemError,
    code: 'ENETUNREACH',
  })
  t.regex(error?.message ?? '', /127\.0\.0\.1: ENETUNREACH: Network is unreachable/)
  await t.throwsAsync(echo('::1', { netns }), { instanceOf: SystemError })
  await net.links.set('lo', { up: true })
  for (const address of ['127.0.0.1', '::1']) {
    const reply = await echo(address, { netns })
    t.like(reply, { address, bytes: 64, ttl: 64 })
    t.true(reply.time > 0 && reply.time < 1000)
  }
})

kernelTest('both ends of a veth pair answer, over IPv4 and IPv6', async (t) => {
  const { here, there } = await joined(t)
  await here.net.addresses.add({ link: 'left', address: '2001:db8::1/64', flags: ['nodad'] })
  await there.net.addresses.add({ link: 'right', address: '2001:db8::2/64', flags: ['nodad'] })
  t.is((await echo('192.0.2.2', { netns: here.netns, timeout: 5000 })).bytes, 64)
  t.is((await echo('192.0.2.1', { netns: there.netns, timeout: 5000, size: 1000 })).bytes, 1008)
  t.is((await echo('2001:db8::2', { netns: here.netns, timeout: 5000, size: 8 })).bytes, 16)
  t.is((await echo('2001:db8::1', { netns: { fd: there.netns.fd } })).ttl, 64)
})

kernelTest('concurrent echoes get their own replies', async (t) => {
  const { here } = await joined(t)
  const replies = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      echo(i % 2 ? '192.0.2.1' : '192.0.2.2', { netns: here.netns, size: 8 + i }),
    ),
  )
  t.deepEqual(
    replies.map(({ bytes }) => bytes),
    Array.from({ length: 100 }, (_, i) => 16 + i),
  )
})

kernelTest('a link-local address needs its link, as a zone or an option', async (t) => {
  const { here, there } = await joined(t)
  await there.net.addresses.add({ link: 'right', address: 'fe80::2/64', flags: ['nodad'] })
  await here.net.addresses.add({ link: 'left', address: 'fe80::1/64', flags: ['nodad'] })
  t.is((await echo('fe80::2%left', { netns: here.netns, timeout: 5000 })).bytes, 64)
  t.is((await echo('fe80::2', { netns: here.netns, timeout: 5000, link: 'left' })).bytes, 64)
  await t.throwsAsync(echo('fe80::2%nope', { netns: here.netns }), { instanceOf: LinkNotFoundError })
  for (const link of ['nope', 9999]) {
    await t.throwsAsync(echo('192.0.2.2', { netns: here.netns, link }), { instanceOf: LinkNotFoundError })
  }
})

kernelTest('no reply is a timeout, a missing neighbour EHOSTUNREACH, an abort its reason', async (t) => {
  const { here } = await joined(t)
  const { netns } = here
  await t.throwsAsync(echo('192.0.2.77', { netns, timeout: 100 }), {
    instanceOf: EchoTimeoutError,
    code: 'ETIMEDOUT',
  })
  await t.throwsAsync(echo('192.0.2.78', { netns, timeout: 30_000 }), {
    instanceOf: SystemError,
    code: 'EHOSTUNREACH',
  })
  const stop = new AbortController()
  const asked = echo('192.0.2.79', { netns, timeout: 30_000, signal: stop.signal })
  setTimeout(() => stop.abort(new Error('enough')), 10)
  await t.throwsAsync(asked, { message: 'enough' })
  await t.throwsAsync(echo('192.0.2.79', { netns, signal: AbortSignal.abort(new Error('never')) }), {
    message: 'never',
  })
})

kernelTest('a request that is lost is followed by another within 200 ms', async (t) => {
  const { here, there } = await joined(t)
  const { address: lladdr } = await there.net.links.get('right')
  await here.net.neighbours.replace({
    link: 'left',
    dst: '192.0.2.2',
    lladdr: lladdr ?? '',
    state: 'permanent',
  })
  await there.net.addresses.delete({ link: 'right', address: '192.0.2.2/24' })
  const before = openFiles()
  const started = performance.now()
  const asked = echo('192.0.2.2', { netns: here.netns, timeout: 10_000 })
  await sleep(300)
  await there.net.addresses.add({ link: 'right', address: '192.0.2.2/24' })
  const { time } = await asked
  const passed = performance.now() - started
  // The time is that of the request that was answered, not of the first.
  t.true(time < passed - 300, `${time} of ${passed} ms`)
  t.is(openFiles(), before)
  t.false(process.getActiveResourcesInfo().includes('Timeout'))
})

kernelTest('an echo right after its links were set up is answered, with the default timeout', async (t) => {
  for (let i = 0; i < 5; i++) {
    const here = await sandbox(t)
    const there = await sandbox(t)
    await here.net.links.add({ kind: 'veth', name: 'left', peer: { name: 'right', netns: there.netns } })
    await there.net.addresses.add({ link: 'right', address: '192.0.2.2/24' })
    await there.net.links.set('right', { up: true })
    await here.net.addresses.add({ link: 'left', address: '192.0.2.1/24' })
    await here.net.links.set('left', { up: true })
    t.is((await echo('192.0.2.2', { netns: here.netns })).address, '192.0.2.2')
  }
})

kernelTest('an abort leaves no timer and no open file', async (t) => {
  const { netns } = (await joined(t)).here
  const before = openFiles()
  for (const reason of [new Error('enough'), 'text', 0, null]) {
    const stop = new AbortController()
    const asked = echo('192.0.2.79', { netns, timeout: 30_000, signal: stop.signal })
    setImmediate(() => stop.abort(reason))
    t.is(await asked.catch((error) => error), reason)
    t.is(
      await echo('192.0.2.79', { netns, signal: AbortSignal.abort(reason) }).catch((error) => error),
      reason,
    )
  }
  t.is(openFiles(), before)
  t.false(process.getActiveResourcesInfo().includes('Timeout'))
})

kernelTest('no route is ENETUNREACH; invalid arguments are refused; no file stays open', async (t) => {
  const { netns } = (await joined(t)).here
  const before = openFiles()
  await t.throwsAsync(echo('203.0.113.1', { netns }), { instanceOf: SystemError, code: 'ENETUNREACH' })
  for (const wrong of ['', '192.0.2', '192.0.2.1%left', 'fe80::1%', 'host.example', 7]) {
    await t.throwsAsync(
      echo(wrong as string, { netns }),
      { instanceOf: ArgumentError, message: /^address must be an IPv4 or IPv6 address/ },
      String(wrong),
    )
  }
  await t.throwsAsync(echo('192.0.2.1', { netns, size: 7 }), {
    message: 'size must be an integer from 8 to 65507 bytes, got 7',
  })
  await t.throwsAsync(echo('192.0.2.1', { netns, ttl: 256 }), {
    message: 'ttl must be an integer from 1 to 255, got 256',
  })
  await t.throwsAsync(echo('192.0.2.1', { netns, timeout: 0 }), {
    message: 'timeout must be an integer from 1 to 2147483647 milliseconds, got 0',
  })
  await t.throwsAsync(echo('192.0.2.1', { netns, tll: 3 } as never), { message: /"tll"; did you mean "ttl"/ })
  t.is(openFiles(), before)
})
