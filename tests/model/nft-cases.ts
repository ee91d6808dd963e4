/**
 * Compares the listings of rulesets with those of nft(8): `node dist/tests/model/nft-cases.js [--all] FILE...`, as
 * root. In a file, lines of `----` separate the rulesets. Prints the number of each outcome, and the failures; with
 * `--all`, all that is not the same.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { casesOf } from '../helpers/nft-cases.js'
import { compareListing, FAILURES, type Outcome } from '../helpers/nft-oracle.js'

const { values, positionals } = parseArgs({ options: { all: { type: 'boolean' } }, allowPositionals: true })
const counts = new Map<Outcome, number>()
const indented = (text: string) => text.trimEnd().replace(/^/gm, '    ')
for (const file of positionals) {
  for (const [i, text] of casesOf(readFileSync(file, 'utf8')).entries()) {
    const { outcome, stock, ours, detail } = await compareListing(text)
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
    if (!FAILURES.includes(outcome) && !(values.all && outcome !== 'same')) continue
    console.log(`== ${file} ${i}: ${outcome}`)
    // Of two listings, the lines that differ.
    const [theirs, own] = [new Set(stock.split('\n')), new Set(ours.split('\n'))]
    for (const line of theirs) if (!own.has(line)) console.log(`  - ${line.trim()}`)
    for (const line of own) if (!theirs.has(line)) console.log(`  + ${line.trim()}`)
    if (detail !== '') console.log(indented(detail))
    if (outcome === 'refused') console.log(indented(text))
  }
}
console.log(Object.fromEntries(counts))
process.exit(FAILURES.some((outcome) => counts.has(outcome)) ? 1 : 0)
