import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import type { Netns, ObjectName, RtNetlink, WatchEvent } from '../../lib/index.js'
import { asText, differing, Fold } from './fold.js'
import { stockEnv } from './needs.js'

const PATIENCE_MS = 8000

const LISTS = {
  link: 'links',
  address: 'addresses',
  route: 'routes',
  rule: 'rules',
  neighbour: 'neighbours',
} as const

/** What the listings of a namespace give, as the fold's text. */
export async function listedIn(
  net: RtNetlink,
  names: readonly ObjectName[],
  nsid?: number,
): Promise<string[]> {
  const all: string[] = []
  for (const object of names) {
    const values: object[] = await net[LISTS[object as keyof typeof LISTS]].list()
    all.push(...values.map((value) => `${nsid ?? 'own'} ${object} ${asText(object, value)}`))
  }
  return all
}

/** Runs a command of `ip` in a namespace. */
export function ip(netns: Netns, words: string): void {
  // The words are read by `ip` itself: a shell is not involved.
  netns.run(() => {
    execFileSync('ip', words.split(' '), { env: stockEnv, stdio: ['ignore', 'ignore', 'pipe'] })
  })
}

/** A watch, its events so far, and what they add up to. */
export function followed<K extends ObjectName>(
  t: ExecutionContext<unknown>,
  net: RtNetlink,
  names: readonly K[],
  options: { readonly allNamespaces?: boolean } = {},
) {
  const stop = new AbortController()
  const fold = new Fold()
  const events: WatchEvent<ObjectName>[] = []
  let failure: unknown
  const ended = (async () => {
    try {
      for await (const event of net.watch<ObjectName>(names, { ...options, signal: stop.signal })) {
        events.push(event)
        fold.apply(event)
      }
    } catch (error) {
      if (error !== stop.signal.reason) failure = error
    }
  })()
  t.teardown(async () => {
    stop.abort()
    await ended
  })
  const until = async (holds: () => boolean | Promise<boolean>, explain: () => string) => {
    const deadline = performance.now() + PATIENCE_MS
    while (!(await holds())) {
      if (failure !== undefined) throw failure
      if (performance.now() > deadline) throw new Error(explain())
      await sleep(10)
    }
  }
  return {
    fold,
    events,
    stop,
    /** Waits for an event. */
    seen: (matches: (event: WatchEvent<ObjectName>) => boolean) =>
      until(
        () => events.some(matches),
        () => `not seen among ${events.length} events`,
      ),
    synced: () =>
      until(
        () => fold.synced > 0,
        () => 'not synced',
      ),
    /** Waits until the events add up to the listings, of other namespaces by their ids as well. */
    async addsUp(others: readonly (readonly [RtNetlink, number])[] = []): Promise<void> {
      let rest: string[] = []
      await until(
        async () => {
          if (fold.synced === 0) return false
          const listed = await listedIn(net, names)
          for (const [other, nsid] of others) listed.push(...(await listedIn(other, names, nsid)))
          rest = differing(fold.all, listed)
          return rest.length === 0
        },
        () => rest.join('\n'),
      )
      t.deepEqual(fold.faults, [])
    },
  }
}
