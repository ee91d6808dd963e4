import { toolTest } from '../helpers/needs.js'
import { FAILURES, reportOf } from '../helpers/nft-oracle.js'
import { compareRandom } from './nft/listings.js'
import { supportOf } from './nft/supported.js'
import { MODEL_SECONDS, MODEL_SEED } from './parameters.js'

/** How long to look by default. */
const SECONDS = 10

/** Random tables that nft(8) or the kernel refuses: more, and the test tests little. */
const REFUSED_MOST = 0.15

toolTest('nft')('random rules are listed as nft(8) has loaded them, or marked', async (t) => {
  const limit = (MODEL_SECONDS ?? SECONDS) * 1000
  t.timeout(limit + 600_000, 'model')
  const { refused, isSupported } = supportOf()
  if (refused.length > 0) t.log(`this kernel or this nft(8) has no ${refused.join('; ')}`)
  const counts = new Map<string, number>()
  const began = performance.now()
  for (let seed = MODEL_SEED; performance.now() - began < limit; seed++) {
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
