/** Runs every model test for a while: `npm run model -- --seconds 600 [--seed 1] [--only watch]`. As root. */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' }, only: { type: 'string' } },
})
const seconds = Number(values.seconds)
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed)
if (!(seconds > 0) || !Number.isInteger(seed)) {
  console.error('model: --seconds must be a positive number, --seed a whole number')
  process.exit(2)
}
const files = `dist/tests/model/**/*${values.only ?? ''}*.test.js`
console.log(`model: seed ${seed}`)
// A counterexample is shrunk after the time is up.
const timeout = `--timeout=${Math.ceil(seconds) + 600}s`
const { status } = spawnSync('node_modules/.bin/ava', [timeout, '--serial', files], {
  stdio: 'inherit',
  env: {
    ...process.env,
    MODEL_SECONDS: String(seconds),
    MODEL_SEED: String(seed),
  },
})
process.exit(status ?? 1)
