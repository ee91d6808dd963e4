import { ArgumentError } from '../errors.js'

/** The functions of `match` and `action`, by which an uncalled one is recognized where a part of a rule is expected. */
const builders = new WeakMap<object, string>()

/** Registers the functions of an object, and of the objects in it, under its name. Returns the object. */
export function registerBuilders<T extends object>(name: string, object: T): T {
  builders.set(object, name)
  for (const [key, member] of Object.entries(object)) {
    const path = `${name}.${key}`
    if (typeof member === 'function') builders.set(member, path)
    else if (typeof member === 'object' && member !== null) registerBuilders(path, member)
  }
  return object
}

/** The name of a function of `match` or `action`: `match.iifname`. */
export function builderName(value: unknown): string | undefined {
  return (typeof value === 'function' || typeof value === 'object') && value !== null
    ? builders.get(value)
    : undefined
}

/** @throws {@link ArgumentError} when a builder that takes nothing was given something */
export function assertNoArguments(given: readonly unknown[], name: string): void {
  if (given.length === 0) return
  throw new ArgumentError(name, given[0], 'called without arguments', `${name}() takes no arguments`)
}
