import { spawnSync } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import { kernelTest, userTest } from '../../helpers/needs.js'

const library = JSON.stringify(new URL('../../../lib/index.js', import.meta.url).href)

/** Runs a module in a new process, in which libuv's thread pool has not been started yet. */
function inProcess(body: string) {
  const script = `
    import { readdirSync, readlinkSync } from 'node:fs'
    import { Netns, RtNetlink, echo } from ${library}
    const tasks = () => readdirSync('/proc/self/task').map((id) => readlinkSync('/proc/self/task/' + id + '/ns/net'))
    ${body}`
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
}

/** Calls that make libuv or Node start threads. */
const PROVOCATIONS = {
  'asynchronous fs': `fs.promises.readFile('/proc/self/status')`,
  'a host look-up': `dns.promises.lookup('localhost')`,
  'a slow hash': `new Promise((resolve) => crypto.pbkdf2('a', 'b', 100000, 64, 'sha512', resolve))`,
  compression: `new Promise((resolve) => zlib.gzip(Buffer.alloc(1e6), resolve))`,
  'a child process': `new Promise((resolve) => childProcess.spawn('true').on('close', resolve))`,
  'a server': `new Promise((resolve) => { const s = net.createServer().listen(0, 'localhost', () => s.close(resolve)) })`,
  'random numbers': `new Promise((resolve) => crypto.randomBytes(1e6, resolve))`,
  'a key pair': `new Promise((resolve) => crypto.generateKeyPair('ec', { namedCurve: 'P-256' }, resolve))`,
}

for (const [what, expression] of Object.entries(PROVOCATIONS)) {
  kernelTest(`no thread stays in another namespace after: ${what} started inside`, (t) => {
    const run = inProcess(`
      import fs from 'node:fs'; import dns from 'node:dns'; import crypto from 'node:crypto'; import zlib from 'node:zlib'
      import childProcess from 'node:child_process'; import net from 'node:net'
      const original = tasks()[0]
      const inner = Netns.create()
      let started
      inner.run(() => { started = ${expression} })
      await started
      console.log(JSON.stringify({ threads: tasks().length, strays: tasks().filter((at) => at !== original) }))`)
    t.is(run.stderr, '')
    const { threads, strays } = JSON.parse(run.stdout)
    t.true(threads > 1)
    t.deepEqual(strays, [])
  })
}

kernelTest('no thread stays in another namespace after concurrent requests and echoes', (t) => {
  const run = inProcess(`
    const original = tasks()[0]
    const inner = Netns.create()
    const net = await RtNetlink.open({ netns: inner })
    await net.links.set('lo', { up: true })
    await Promise.all([
      net.links.add({ kind: 'ifb', name: 'a' }), net.links.set('a', { up: true }), net.links.delete('a'),
      net.links.list(), net.routes.list(), echo('127.0.0.1', { netns: inner }), echo('::1', { netns: inner }),
    ])
    console.log(JSON.stringify(tasks().filter((at) => at !== original)))`)
  t.is(run.stderr, '')
  t.is(run.stdout.trim(), '[]')
})

kernelTest('a worker thread enters and leaves a namespace alone', (t) => {
  const run = inProcess(`
    import { Worker } from 'node:worker_threads'
    const original = tasks()[0]
    const worker = new Worker(\`
      import { readlinkSync } from 'node:fs'; import { parentPort } from 'node:worker_threads'
      import(${library.replaceAll('"', "'")}).then(({ Netns }) => {
        const netns = Netns.create()
        {
          const here = () => readlinkSync('/proc/thread-self/ns/net')
          const outside = here(), inside = netns.run(here)
          parentPort.postMessage({ differs: inside !== outside, back: here() === outside })
          netns.close()
        }
      })\`, { eval: true })
    const message = await new Promise((resolve) => worker.once('message', resolve))
    console.log(JSON.stringify({ ...message, strays: tasks().filter((at) => at !== original).length }))`)
  t.is(run.stderr, '')
  t.deepEqual(JSON.parse(run.stdout), { differs: true, back: true, strays: 0 })
})

userTest('if the thread cannot return, the process aborts with a message', (t) => {
  const run = inProcess(`
    const inner = Netns.create()
    // Returning needs CAP_SYS_ADMIN, which is dropped inside.
    inner.run(() => process.setuid(65534))
    console.log('went on in the wrong namespace')`)
  t.is(run.signal, 'SIGABRT')
  t.is(run.stdout, '')
  t.regex(
    run.stderr,
    /^rtnetlink: setns back to the original network namespace: EPERM: .*; aborting, because/,
  )
})

kernelTest('all threads of the test process are in one namespace', (t) => {
  const at = readdirSync('/proc/self/task').map((id) => readlinkSync(`/proc/self/task/${id}/ns/net`))
  t.is(new Set(at).size, 1)
})
