/**
 * Feeds mutated messages to every decoder: `npm run fuzz -- --runs 1000000 [--seed 1]`. Findings go into tests/data.
 */
import { parseArgs } from 'node:util'
import { corpus } from './corpus.js'
import { chance, mutate } from './mutate.js'
import { targets } from './targets.js'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 32) },
  },
})
const runs = Number(values.runs)
const seed = Number(values.seed)
if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(seed)) {
  console.error('fuzz: --runs must be a whole number from 1, --seed a whole number')
  process.exit(2)
}

const random = chance(seed)
const messages = corpus()
const entries = Object.entries(targets)
const began = performance.now()
let reportedAt = began
console.log(`fuzz: ${runs} runs, seed ${seed}, ${messages.length} messages, ${entries.length} decoders`)
for (let run = 0; run < runs; run++) {
  const bytes = mutate(messages, random)
  const [name, read] = entries[run % entries.length] as (typeof entries)[number]
  try {
    read(bytes)
  } catch (error) {
    console.error(
      `fuzz: run ${run} of seed ${seed}, decoder ${name}, bytes ${Buffer.from(bytes).toString('hex')}`,
    )
    console.error(error)
    process.exit(1)
  }
  if ((run & 0xfff) === 0 && performance.now() - reportedAt > 5000) {
    reportedAt = performance.now()
    console.log(`fuzz: ${run} runs, ${Math.round((run / (reportedAt - began)) * 1000)} a second`)
  }
}
console.log(`fuzz: nothing found in ${((performance.now() - began) / 1000).toFixed(1)} s`)
