import fc from 'fast-check'
import { type Comparison, compareListing, compareListings, FAILURES } from '../../helpers/nft-oracle.js'
import { type Table, tables, textOf } from './ruleset.js'

/** How many tables are loaded at once: processes take long to start, and nft(8) long to list many. */
const BATCH = 60

/** Random tables that this kernel can have, compared. */
export interface Compared {
  readonly results: readonly Comparison[]
  /** A smaller table that fails as well as the one at an index. */
  shrink(index: number): Promise<Comparison>
}

/** @param isSupported by the text of a table */
export async function compareRandom(seed: number, isSupported: (text: string) => boolean): Promise<Compared> {
  const supported = tables.filter((table) => isSupported(textOf(table)))
  const samples = fc.sample(supported, { seed, numRuns: BATCH })
  const results = await compareListings(samples.map((table, i) => textOf(table, `t${i}`)))
  return {
    results,
    async shrink(index) {
      let smallest = results[index] as Comparison
      const property = fc.asyncProperty(supported, async (table: Table) => {
        const comparison = await compareListing(textOf(table))
        if (!FAILURES.includes(comparison.outcome)) return true
        smallest = comparison
        return false
      })
      // The path of a sample is its index.
      await fc.check(property, { seed, path: String(index), numRuns: 1 })
      return smallest
    },
  }
}
