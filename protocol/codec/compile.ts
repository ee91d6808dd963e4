/**
 * A function made from source text, so that each place has property accesses of its own, which engines make fast; one
 * access for all names, `value[name]`, costs several times as much. Where the host allows no code from strings (a
 * content security policy, `--disallow-code-generation-from-strings`) there is none, and the plain way is taken.
 * @param write gives the function's text; `bind` gives the name of a value that it needs
 */
export function compileBound<F>(write: (bind: (value: unknown) => string) => string): F | undefined {
  const bound: unknown[] = []
  const text = write((value) => `v${bound.push(value) - 1}`)
  try {
    const make = new Function(...bound.map((_, i) => `v${i}`), `'use strict'; return ${text}`)
    return make(...bound) as F
  } catch {
    return undefined
  }
}

type Setter = (target: Record<string, unknown>, value: unknown) => void

/** Sets a property of this name: `target.name = value`. */
export function setter(name: string): Setter {
  const compiled = compileBound<Setter>(
    () => `(target, value) => { target[${JSON.stringify(name)}] = value }`,
  )
  return (
    compiled ??
    ((target, value) => {
      target[name] = value
    })
  )
}
