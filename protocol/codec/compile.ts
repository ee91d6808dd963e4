import type { SourceScope } from './codec.js'

/** Readers are compiled after this many uses: compiling costs more than a few interpreted reads. */
export const COMPILE_AFTER = 32

let allowed = true

/**
 * Makes a function from source text, or gives undefined where the host forbids code from strings (a content security
 * policy, `--disallow-code-generation-from-strings`). Compiled readers build objects by one literal, with constant
 * offsets; plain ones store member by member under a computed key, which costs several times as much.
 * @param parent how the text calls the parent object
 */
export function compileSource<F>(write: (scope: SourceScope) => string, parent = 'parent'): F | undefined {
  if (!allowed) return undefined
  const bound: unknown[] = []
  const bind = (value: unknown) => {
    const known = bound.indexOf(value)
    return `v${known < 0 ? bound.push(value) - 1 : known}`
  }
  const text = write({ bind, parent })
  try {
    const make = new Function(...bound.map((_, i) => `v${i}`), `'use strict'; return ${text}`)
    return make(...bound) as F
  } catch (error) {
    if (!(error instanceof EvalError)) throw error
    allowed = false
    return undefined
  }
}

type Read<Out> = (
  view: DataView,
  at: number,
  length: number,
  parent: Readonly<Record<string, unknown>>,
) => Out

/** Reads by `plain` at first, and by what `compile` makes after {@link COMPILE_AFTER} calls. */
export function tiered<Out>(plain: Read<Out>, compile: () => Read<Out> | undefined): Read<Out> {
  let calls = 0
  let read = plain
  return (view, at, length, parent) => {
    if (calls < COMPILE_AFTER && ++calls === COMPILE_AFTER) read = compile() ?? plain
    return read(view, at, length, parent)
  }
}
