/** What each signal calls when it is aborted. */
const handlersOf = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `handler` when the signal is aborted, until the returned function is called. A signal gets one listener however
 * many requests share it: Node warns of a leak when there are more than ten.
 */
export function onAbort(signal: AbortSignal | undefined, handler: () => void): () => void {
  if (signal === undefined) return () => {}
  const handlers = handlersOf.get(signal) ?? listen(signal)
  handlers.add(handler)
  return () => handlers.delete(handler)
}

function listen(signal: AbortSignal): Set<() => void> {
  const handlers = new Set<() => void>()
  handlersOf.set(signal, handlers)
  const all = () => {
    for (const handler of handlers) handler()
  }
  signal.addEventListener('abort', all, { once: true })
  return handlers
}
