/**
 * A function made from source text, so that each place has property accesses of its own, which engines make fast; one
 * access for all names, `value[name]`, costs several times as much. Where the host allows no code from strings (a
 * content security policy, `--disallow-code-generation-from-strings`) there is none, and the plain way is taken.
 */
export function compile<F>(parameters: readonly string[], body: string): F | undefined {
  try {
    return new Function(...parameters, `'use strict'; ${body}`) as F
  } catch {
    return undefined
  }
}

type Setter = (target: Record<string, unknown>, value: unknown) => void

/** Sets a property of this name: `target.name = value`. */
export function setter(name: string): Setter {
  const compiled = compile<Setter>(['target', 'value'], `target[${JSON.stringify(name)}] = value`)
  return (
    compiled ??
    ((target, value) => {
      target[name] = value
    })
  )
}
