import { execFileSync } from 'node:child_process'
import test from 'ava'

const here = JSON.stringify(new URL('../../..', import.meta.url).href)

/** Real messages as a process with these options decodes them, often enough that it would compile readers. */
function readWith(...options: string[]): string {
  const script = `
    const { linkMessage, addressMessage, routeMessage, ruleMessage, nftRuleMessage, viewOf } = await import(${here} + 'protocol/index.js')
    const { corpus } = await import(${here} + 'tests/fuzz/corpus.js')
    const text = (value) => JSON.stringify(value, (_, one) => typeof one === 'bigint' ? one + 'n' : one)
    for (const codec of [linkMessage, addressMessage, routeMessage, ruleMessage, nftRuleMessage]) {
      for (const bytes of corpus()) {
        let read
        for (let i = 0; i < 40; i++) {
          try { read = text(codec.decode(viewOf(bytes), 0, bytes.length, {})) } catch (error) { read = error.message }
        }
        console.log(read)
      }
    }`
  return execFileSync(process.execPath, [...options, '--input-type=module', '-e', script], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

test('messages are decoded equally where code from strings is forbidden', (t) => {
  const plain = readWith('--disallow-code-generation-from-strings')
  t.true(plain.length > 10_000)
  t.is(plain, readWith())
})

test('importing the protocol compiles nothing and builds no maps', (t) => {
  const script = `
    let compiled = 0, maps = 0
    globalThis.Function = new Proxy(Function, { construct(...args) { compiled++; return Reflect.construct(...args) } })
    globalThis.Map = new Proxy(Map, { construct(...args) { maps++; return Reflect.construct(...args) } })
    await import(${here} + 'protocol/index.js')
    console.log(JSON.stringify({ compiled, maps }))`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  t.deepEqual(JSON.parse(output), { compiled: 0, maps: 0 })
})
