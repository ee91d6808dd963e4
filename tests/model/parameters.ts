import type { ExecutionContext } from 'ava'
import type { Parameters } from 'fast-check'

/** How long a model test looks for a counterexample, seconds; by default, for a few runs or seconds only. */
export const MODEL_SECONDS = numberOf('MODEL_SECONDS')

/** The first seed: a run with the same one does the same. `npm run model` takes another each time. */
export const MODEL_SEED = numberOf('MODEL_SEED') ?? 1

/** A counterexample is shrunk after the time is up. */
const SHRINKING_MS = 600_000

function numberOf(name: string): number | undefined {
  const value = process.env[name]
  return value === undefined ? undefined : Number(value)
}

/**
 * The parameters of fast-check for a test that makes this many runs by default. It prints the seed of a failure.
 * @param t gets a timeout that allows for that
 */
export function modelParameters<T>(t: ExecutionContext<unknown>, runs: number): Parameters<T> {
  t.timeout((MODEL_SECONDS ?? 0) * 1000 + SHRINKING_MS, 'model')
  return {
    includeErrorInReport: true,
    seed: MODEL_SEED,
    ...(MODEL_SECONDS === undefined
      ? { numRuns: runs }
      : { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: MODEL_SECONDS * 1000 }),
  }
}
