/** How long work may go on before the event loop continues, ms. */
const TICK_BUDGET_MS = 2

let began: number | undefined

/**
 * Whether the current tick has taken longer than its budget. Answers are read within microtasks, so that a request
 * needs no iteration of the event loop; without a limit, a chain of requests would keep timers and sockets waiting.
 */
export function tickBudgetSpent(): boolean {
  const now = performance.now()
  if (began !== undefined) return now - began > TICK_BUDGET_MS
  began = now
  setImmediate(() => {
    began = undefined
  })
  return false
}

/** Resolves after the event loop has run once. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
