import type { ExecutionContext } from 'ava'
import fc from 'fast-check'
import { MODEL_SECONDS, MODEL_SEED } from './parameters.js'

/** How long to look by default. */
const SECONDS = 20
/** How many examples are tried with one seed. */
const RUNS = 8
const PROGRESS_MS = 10_000

/**
 * Looks for an example that does not hold until the time is up, and shrinks it. Logs how far it is, and the seed and
 * the shrunk example when there is one.
 * @param show the example as text
 */
export async function search<T>(
  t: ExecutionContext<unknown>,
  examples: fc.Arbitrary<T>,
  holds: (example: T) => Promise<void>,
  show: (example: T) => string = (example) => fc.stringify(example),
): Promise<void> {
  const limit = (MODEL_SECONDS ?? SECONDS) * 1000
  t.timeout(limit + 600_000, 'model')
  const began = performance.now()
  let reportedAt = began
  let runs = 0
  const property = fc.asyncProperty(examples, async (example) => {
    runs++
    const now = performance.now()
    if (now - reportedAt > PROGRESS_MS) {
      reportedAt = now
      t.log(`${runs} examples in ${((now - began) / 1000).toFixed(0)} s`)
    }
    await holds(example)
  })
  for (let seed = MODEL_SEED; performance.now() - began < limit; seed++) {
    const result = await fc.check(property, { seed, numRuns: RUNS })
    if (!result.failed) continue
    const [example] = result.counterexample ?? []
    const error = result.errorInstance
    t.log(`seed ${seed}, shrunk ${result.numShrinks} times:\n${example === undefined ? '' : show(example)}`)
    throw error instanceof Error ? error : new Error(`seed ${seed}`)
  }
  t.log(`${runs} examples from seed ${MODEL_SEED} on: none fails`)
  t.pass()
}
