import fc from 'fast-check'
import type { Text } from './types.js'

/** A part of a rule, with the declarations that its table needs. `§` stands for a number, for names of its own. */
export interface Fragment {
  readonly text: string
  readonly needs: readonly string[]
}

export type Part = fc.Arbitrary<Fragment>

/** Text without declarations. */
export const plain = (text: Text): Part => text.map((one) => ({ text: one, needs: [] }))

/** One of some texts. */
export const oneOf = (...texts: readonly string[]): Part => plain(fc.constantFrom(...texts))

/** Text with random parts: `say\`ip ttl set ${value}\``. */
export function say(strings: TemplateStringsArray, ...parts: readonly Text[]): Text {
  return fc
    .tuple(...parts)
    .map((values) => strings.reduce((text, next, i) => `${text}${values[i - 1]}${next}`))
}

/** Text that may be left out; with a space before it. */
export const maybe = (text: Text): Text => fc.option(text, { nil: '' }).map((one) => one && ` ${one}`)

export const list = (items: readonly string[]) => `{ ${items.join(', ')} }`
