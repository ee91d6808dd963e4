import type { Datatype } from './datatype.js'
import type { ParsedElement } from './elements.js'
import type { SetShape } from './set-shape.js'
import { compareBytes, decrement, type Interval, increment, toNetworkOrder } from './values.js'

/** Whether intervals of a set are merged: the kernel refuses those that overlap, so that whoever adds them has to do it. */
export const isMerging = ({ autoMerge, interval, types, data }: SetShape) =>
  autoMerge && interval && types.length === 1 && data === undefined

/** What makes the intervals of a set others. */
export interface IntervalChange {
  readonly removed: readonly Interval[]
  readonly added: readonly Interval[]
  /** All that the set has afterwards, sorted. */
  readonly all: readonly Interval[]
}

/** Sorts intervals, and makes those that overlap or touch one. In network byte order. */
export function mergedIntervals(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = []
  for (const one of intervals.toSorted((a, b) => compareBytes(a.from, b.from))) {
    const last = merged.at(-1)
    const next = last && increment(last.to)
    if (last === undefined || (next !== undefined && compareBytes(one.from, next) > 0)) merged.push(one)
    else if (compareBytes(one.to, last.to) > 0) merged[merged.length - 1] = { from: last.from, to: one.to }
  }
  return merged
}

/** Adds intervals to those of a set. */
export const withIntervals = (kept: readonly Interval[], given: readonly Interval[]): IntervalChange =>
  changeTo(kept, mergedIntervals([...kept, ...given]))

/** Takes intervals out of those of a set; undefined if they are not all in it. */
export function withoutIntervals(
  kept: readonly Interval[],
  given: readonly Interval[],
): IntervalChange | undefined {
  const all = [...kept]
  for (const { from, to } of given) {
    const at = all.findIndex((one) => compareBytes(one.from, from) <= 0 && compareBytes(one.to, to) >= 0)
    const around = all[at]
    if (around === undefined) return undefined
    const [before, after] = [decrement(from), increment(to)]
    all.splice(
      at,
      1,
      ...(before && compareBytes(around.from, before) <= 0 ? [{ from: around.from, to: before }] : []),
      ...(after && compareBytes(after, around.to) <= 0 ? [{ from: after, to: around.to }] : []),
    )
  }
  return changeTo(kept, all)
}

function changeTo(kept: readonly Interval[], all: readonly Interval[]): IntervalChange {
  const [before, after] = [new Set(kept.map(textOf)), new Set(all.map(textOf))]
  return {
    removed: kept.filter((one) => !after.has(textOf(one))),
    added: all.filter((one) => !before.has(textOf(one))),
    all,
  }
}

const textOf = ({ from, to }: Interval) => `${from}-${to}`

/** The intervals of elements, in network byte order. */
export const intervalsOf = (type: Datatype, elements: readonly Interval[]): Interval[] =>
  elements.map(({ from, to }) => ({ from: toNetworkOrder(type, from), to: toNetworkOrder(type, to) }))

/** Intervals as elements: an element that was given keeps what it has besides its key. */
export function elementsOfIntervals(
  type: Datatype,
  intervals: readonly Interval[],
  given: readonly ParsedElement[],
): ParsedElement[] {
  const [first] = given
  if (first === undefined) return []
  const byText = new Map(given.map((element) => [textOf(element), element]))
  return intervalsOf(type, intervals).map((interval) => {
    const same = byText.get(textOf(interval))
    return same ?? { ...first, ...interval, rest: {} }
  })
}
