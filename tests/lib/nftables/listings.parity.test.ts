import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import type { ExecutionContext } from 'ava'
import { Netns } from '../../../lib/index.js'
import { stockEnv, toolTest } from '../../helpers/needs.js'
import { casesOf } from '../../helpers/nft-cases.js'
import {
  type Comparison,
  compareListing,
  compareLoaded,
  FAILURES,
  reportOf,
} from '../../helpers/nft-oracle.js'

const FOLDER = 'tests/data/nft'
const PROGRAMS = `${FOLDER}/programs`

/** Cases of this file need modules that not every kernel has. */
const MODULES = 'modules.cases'

const files = (folder: string, extension: string) =>
  readdirSync(folder).filter((name) => name.endsWith(extension))

function check(t: ExecutionContext<unknown>, comparison: Comparison): void {
  t.false(FAILURES.includes(comparison.outcome), reportOf(comparison))
}

for (const file of files(FOLDER, '.cases')) {
  toolTest('nft')(`rulesets are listed as nft(8) has loaded them, or marked: ${file}`, async (t) => {
    for (const text of casesOf(readFileSync(`${FOLDER}/${file}`, 'utf8'))) {
      const comparison = await compareListing(text)
      check(t, comparison)
      if (comparison.outcome !== 'refused') continue
      if (file === MODULES) t.log(`not supported by this kernel: ${text}`)
      else t.fail(reportOf(comparison))
    }
  })
}

for (const file of files(PROGRAMS, '.nft')) {
  toolTest('nft')(`a ruleset as a program writes it is listed without marks: ${file}`, async (t) => {
    const comparison = await compareListing(readFileSync(`${PROGRAMS}/${file}`, 'utf8'))
    t.true(['same', 'meaning', 'lossy'].includes(comparison.outcome), reportOf(comparison))
  })
}

for (const file of files(PROGRAMS, '.iptables')) {
  const title = `rules of iptables-nft are listed, those of xtables extensions marked: ${file}`
  toolTest('nft', 'iptables-nft-restore')(title, async (t) => {
    using netns = Netns.create()
    const input = readFileSync(`${PROGRAMS}/${file}`, 'utf8')
    const run = netns.run(() => spawnSync('iptables-nft-restore', { input, encoding: 'utf8', env: stockEnv }))
    t.is(run.status, 0, run.stderr)
    for (const comparison of await compareLoaded(netns)) check(t, comparison)
  })
}
