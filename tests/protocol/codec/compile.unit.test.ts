import { execFileSync } from 'node:child_process'
import test from 'ava'

const here = JSON.stringify(new URL('../../..', import.meta.url).href)

/** What real messages are read as, in a process with these options. */
function readWith(...options: string[]): string {
  const script = `
    const { linkMessage, addressMessage, routeMessage, ruleMessage, nftRuleMessage, viewOf } = await import(${here} + 'protocol/index.js')
    const { corpus } = await import(${here} + 'tests/fuzz/corpus.js')
    const text = (value) => JSON.stringify(value, (_, one) => typeof one === 'bigint' ? one + 'n' : one)
    for (const codec of [linkMessage, addressMessage, routeMessage, ruleMessage, nftRuleMessage]) {
      for (const bytes of corpus()) {
        try { console.log(text(codec.decode(viewOf(bytes), 0, bytes.length, {}))) } catch (error) { console.log(error.message) }
      }
    }`
  return execFileSync(process.execPath, [...options, '--input-type=module', '-e', script], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

test('where no code is made from strings, messages are read all the same', (t) => {
  const plain = readWith('--disallow-code-generation-from-strings')
  t.true(plain.length > 10_000)
  t.is(plain, readWith())
})
