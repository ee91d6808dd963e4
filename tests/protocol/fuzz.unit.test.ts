import { readFileSync } from 'node:fs'
import test from 'ava'
import { corpus } from '../fuzz/corpus.js'
import { chance, mutate } from '../fuzz/mutate.js'
import { targets } from '../fuzz/targets.js'

test('every decoder tolerates every message of the corpus', (t) => {
  t.true(corpus().length > 50)
  for (const bytes of corpus()) for (const read of Object.values(targets)) t.notThrows(() => read(bytes))
})

for (const [name, read] of Object.entries(targets)) {
  test(`mutated messages decode to values or DecodeErrors: ${name}`, (t) => {
    const messages = corpus()
    const random = chance(20_260_101)
    for (let run = 0; run < 5000; run++) {
      const bytes = mutate(messages, random)
      t.notThrows(() => read(bytes), Buffer.from(bytes).toString('hex'))
    }
  })
}

test('earlier findings stay fixed', (t) => {
  const found = JSON.parse(readFileSync('tests/data/fuzz-found.json', 'utf8')) as {
    decoder: string
    bytes: string
  }[]
  for (const { decoder, bytes } of found)
    t.notThrows(() => targets[decoder]?.(Buffer.from(bytes, 'hex')), bytes)
  t.pass()
})
