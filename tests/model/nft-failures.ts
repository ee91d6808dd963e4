/**
 * Prints what fails of the listings of random tables, each as small as possible, and outcomes to show:
 * `node dist/tests/model/nft-failures.js [--seed 1] [--batches 5] [--most 20] [--show marked,lossy]`, as root.
 */
import { parseArgs } from 'node:util'
import { FAILURES, reportOf } from '../helpers/nft-oracle.js'
import { compareRandom } from './nft/listings.js'
import { supportOf } from './nft/supported.js'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    batches: { type: 'string', default: '5' },
    most: { type: 'string', default: '20' },
    show: { type: 'string', default: '' },
  },
})
const { refused, isSupported } = supportOf()
console.log(`not supported here: ${refused.join('; ')}`)
const counts: Record<string, number> = {}
const seen = new Set<string>()
for (let seed = Number(values.seed); seed < Number(values.seed) + Number(values.batches); seed++) {
  const { results, shrink } = await compareRandom(seed, isSupported)
  for (const [i, one] of results.entries()) {
    counts[one.outcome] = (counts[one.outcome] ?? 0) + 1
    if (values.show.split(',').includes(one.outcome)) console.log(`== ${reportOf(one)}`)
    if (!FAILURES.includes(one.outcome) || seen.size >= Number(values.most)) continue
    const small = reportOf(await shrink(i))
    // Without values, failures of one kind look alike.
    const kind = small.replace(/\b(0x)?[0-9a-f:.]*\d[0-9a-f:.]*\b/g, 'N')
    if (!seen.has(kind)) console.log(`== seed ${seed}, ${i}: ${small}`)
    seen.add(kind)
  }
}
console.log(JSON.stringify(counts))
