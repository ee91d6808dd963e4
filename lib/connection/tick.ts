/** How long work may go on without the event loop getting its turn, ms. */
const BUDGET = 2

let began: number | undefined

/**
 * Whether the current turn of the event loop has been used up. Answers are taken within microtasks, so that a
 * request costs no turn at all; without a limit, a chain of them would keep timers and sockets waiting.
 */
export function tickBudgetSpent(): boolean {
  const now = performance.now()
  if (began !== undefined) return now - began > BUDGET
  began = now
  setImmediate(() => {
    began = undefined
  })
  return false
}

/** Lets the event loop have its turn. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
