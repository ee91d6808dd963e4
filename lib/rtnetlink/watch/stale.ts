import { ALL_FAMILIES } from './state.js'

/** The minimum time between two listings, ms. */
const PAUSE_MIN_MS = 50
/** Up to this pause, ms, listings take at most a tenth of the time; beyond, half of it. */
const PAUSE_MAX_MS = 2000

/**
 * Which listings have to be read again: of which objects, in which namespaces, of which families; and when the next may
 * begin, which bounds the load on a busy machine.
 */
export class StaleListings<O, N> {
  readonly #families = new Map<O, Map<N, Set<number>>>()
  #began = Number.NEGATIVE_INFINITY
  #ended = Number.NEGATIVE_INFINITY

  get any(): boolean {
    return this.#families.size > 0
  }

  /** How long the last listing took, ms. */
  get took(): number {
    return this.#ended === Number.NEGATIVE_INFINITY ? 0 : this.#ended - this.#began
  }

  /** When the next listing may begin, as of performance.now(). */
  get due(): number {
    if (this.#ended === Number.NEGATIVE_INFINITY) return 0
    const { took } = this
    return this.#ended + Math.max(PAUSE_MIN_MS, took, Math.min(PAUSE_MAX_MS, 9 * took))
  }

  mark(object: O, namespace: N, family: number): void {
    let namespaces = this.#families.get(object)
    if (namespaces === undefined) {
      namespaces = new Map()
      this.#families.set(object, namespaces)
    }
    const families = namespaces.get(namespace)
    if (families === undefined) namespaces.set(namespace, new Set([family]))
    else families.add(family)
  }

  /** The namespace has ended. */
  unmark(namespace: N): void {
    for (const [object, namespaces] of this.#families) {
      namespaces.delete(namespace)
      if (namespaces.size === 0) this.#families.delete(object)
    }
  }

  /** What has to be listed; it is not stale any more. */
  take(): [object: O, namespace: N, family: number][] {
    const all: [O, N, number][] = []
    for (const [object, namespaces] of this.#families) {
      for (const [namespace, families] of namespaces) {
        const listed = families.has(ALL_FAMILIES) ? [ALL_FAMILIES] : families
        for (const family of listed) all.push([object, namespace, family])
      }
    }
    this.#families.clear()
    return all
  }

  /** A listing begins. */
  begin(): void {
    this.#began = performance.now()
    this.#ended = this.#began
  }

  /** It has been read. */
  end(): void {
    this.#ended = performance.now()
  }
}
