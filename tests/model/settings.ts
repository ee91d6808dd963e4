/** How long each model test looks for a counterexample, seconds. */
export const MODEL_SECONDS = Number(process.env['MODEL_SECONDS'] ?? 20)

/** The first seed: a run with the same one does the same. */
export const MODEL_SEED = Number(process.env['MODEL_SEED'] ?? Date.now() % 2 ** 31)
