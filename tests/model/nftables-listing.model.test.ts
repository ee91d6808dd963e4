import { toolTest } from '../helpers/needs.js'
import { FAILURES, reportOf } from '../helpers/nft-oracle.js'
import { compareRandom } from './nft/listings.js'
import { supportOf } from './nft/supported.js'
import { MODEL_SECONDS, MODEL_SEED } from './parameters.js'

/** How many batches of tables are tried by default: a run does what the last one did, however fast the machine is. */
const BATCHES = 8

/** Random tables that nft(8) or the kernel refuses: more, and the test tests little. */
const REFUSED_MOST = 0.15

toolTest('nft')('random rules are listed as nft(8) has loaded them, or marked', async (t) => {
  t.timeout((MODEL_SECONDS ?? 0) * 1000 + 600_000, 'model')
  const { refused, isSupported } = supportOf()
  if (refused.length > 0) t.log(`this kernel or this nft(8) has no ${refused.join('; ')}`)
  const counts = new Map<string, number>()
  const began = performance.now()
  const isOver = (batch: number) =>
    MODEL_SECONDS === undefined ? batch >= BATCHES : performance.now() - began > MODEL_SECONDS * 1000
  for (let seed = MODEL_SEED; !isOver(seed - MODEL_SEED); seed++) {
    const { results, shrink } = await compareRandom(seed, isSupported)
    for (const [i, { outcome }] of results.entries()) {
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
      if (FAILURES.includes(outcome))
        return t.fail(`seed ${seed}, table ${i}, shrunk: ${reportOf(await shrink(i))}`)
    }
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count)
  t.log(`${total} tables from seed ${MODEL_SEED} on: ${JSON.stringify(Object.fromEntries(counts))}`)
  t.true((counts.get('refused') ?? 0) < total * REFUSED_MOST, 'few are refused')
})
