import { inspect } from '../../protocol/errors.js'
import { ArgumentError } from '../errors.js'

/** The functions of `match` and `action`, by which an uncalled one is recognized where a part of a rule is expected. */
const builders = new WeakMap<object, string>()

/** The calls that made parts of rules, for errors. */
const calls = new WeakMap<object, { readonly name: string; readonly args: readonly unknown[] }>()

/**
 * Registers the functions of an object, and of the objects in it, under its name. Returns an object with the same ones.
 * @param maxima how many arguments functions take, of those that do not take any number or check it themselves
 */
export function registerBuilders<T extends object>(
  name: string,
  object: T,
  maxima: { readonly [K in keyof T]?: number } = {},
): T {
  const members = Object.entries(object).map(([key, member]: [string, unknown]) => {
    const path = `${name}.${key}`
    if (typeof member === 'function') {
      const max = maxima[key as keyof T]
      return [key, recorded(path, member as (...args: unknown[]) => object, max)]
    }
    return [key, typeof member === 'object' && member !== null ? registerBuilders(path, member) : member]
  })
  const registered = Object.fromEntries(members) as T
  builders.set(registered, name)
  return registered
}

/** The function, which remembers the call for each part that it makes. What is wrong is thrown when the rule is built. */
function recorded(name: string, build: (...args: unknown[]) => object, max = Number.POSITIVE_INFINITY) {
  const builder = (...args: unknown[]) => {
    const part = args.length > max ? () => refuseArguments(name, args, max) : build(...args)
    calls.set(part, { name, args })
    return part
  }
  builders.set(builder, name)
  return builder
}

/** A part of a rule as it was written: `match.ip.saddr("10.0.0.1")`; undefined if no builder has made it. */
export function callText(part: unknown): string | undefined {
  const call = typeof part === 'object' || typeof part === 'function' ? calls.get(part as object) : undefined
  return call && `${call.name}(${call.args.map((arg) => callText(arg) ?? inspect(arg)).join(', ')})`
}

/** The name of a function of `match` or `action`: `match.iifname`. */
export function builderName(value: unknown): string | undefined {
  return (typeof value === 'function' || typeof value === 'object') && value !== null
    ? builders.get(value)
    : undefined
}

function refuseArguments(name: string, given: readonly unknown[], max: number): never {
  const expected = max === 1 ? 'one argument' : `at most ${max} arguments`
  throw new ArgumentError(name, given[max], `called with ${expected}`, `${name}() takes ${expected}`)
}

/** @throws {@link ArgumentError} when a builder that takes nothing was given something */
export function assertNoArguments(given: readonly unknown[], name: string): void {
  if (given.length === 0) return
  throw new ArgumentError(name, given[0], 'called without arguments', `${name}() takes no arguments`)
}
