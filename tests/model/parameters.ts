import type { Parameters } from 'fast-check'

/**
 * How long a model test runs: a few runs by default, or MODEL_SECONDS; MODEL_SEED repeats a run. fast-check prints the
 * seed of a failure.
 */
export function modelParameters<T>(runs: number): Parameters<T> {
  const seconds = Number(process.env['MODEL_SECONDS'] ?? 0)
  const seed = process.env['MODEL_SEED']
  return {
    includeErrorInReport: true,
    ...(seconds > 0
      ? { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: seconds * 1000 }
      : { numRuns: runs }),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  }
}

/** For AVA: more than a model test takes. */
export const MODEL_TIMEOUT_MS = 120_000 + 1000 * Number(process.env['MODEL_SECONDS'] ?? 0)
