import { nftRegister } from '../../../protocol/index.js'
import type { Bits } from './bits.js'
import type { Source } from './source.js'

/** What a register holds at some point of a rule. */
export interface RegisterValue {
  /** What was loaded. */
  readonly source: Source
  /** What has become of its bits; undefined, if they are as loaded. */
  readonly bits?: Bits | undefined
  /** Whether its bytes are in the opposite order of how they were loaded. */
  readonly isSwapped?: boolean | undefined
  /** The operations that have been done to it, in their order. */
  readonly operations?: readonly Operation[] | undefined
  /** The value itself, if it is a constant. */
  readonly constant?: Uint8Array | undefined
  /** Whether a later expression has used it: one that is not has no text yet. */
  used: boolean
}

/** A mask or a shift of a register. */
export type Operation =
  | { readonly and: Uint8Array; readonly xor: Uint8Array }
  /** Bits to the left; to the right, if negative. */
  | { readonly left: number }

interface Word {
  readonly value: RegisterValue
  /** Its index within the value. */
  readonly index: number
}

const WORD = 4
const WORDS = 16
const wordsOf = (length: number) => Math.ceil(length / WORD)

/** The data registers of a rule: 16 words of 4 bytes, of which a value occupies those from its register on. */
export class Registers {
  readonly #words: (Word | undefined)[] = []
  readonly #values = new Set<RegisterValue>()

  /** Puts a value into a register; returns the values that are lost unused. */
  store(register: number, value: RegisterValue): RegisterValue[] {
    const first = firstWord(register)
    const lost = new Set<RegisterValue>()
    for (let i = 0; i < wordsOf(value.source.length); i++) {
      const word = this.#words[first + i]
      if (word && !word.value.used) lost.add(word.value)
      this.#words[first + i] = first + i < WORDS ? { value, index: i } : undefined
    }
    this.#values.add(value)
    for (const one of lost) this.#values.delete(one)
    return [...lost]
  }

  /** Forgets what a register holds, as far as one expression may have written it. */
  clobber(register: number): void {
    const first = firstWord(register)
    for (let i = 0; i < WORDS / 4; i++) this.#words[first + i] = undefined
  }

  /** Forgets all that was loaded, but for constants: it may not be what would be loaded now. */
  expire(): void {
    for (const [i, word] of this.#words.entries()) {
      if (word && word.value.constant === undefined) this.#words[i] = undefined
    }
  }

  /** The value that begins at a register, if it is whole. */
  read(register: number | undefined): RegisterValue | undefined {
    const found = this.at(register)
    return found?.offset === 0 ? found.value : undefined
  }

  /** The value that a register is part of, and which byte of it the register begins with. */
  at(register: number | undefined): { readonly value: RegisterValue; readonly offset: number } | undefined {
    if (register === undefined) return undefined
    const word = this.#words[firstWord(register)]
    if (word === undefined) return undefined
    const { value, index } = word
    const first = firstWord(register) - index
    for (let i = 0; i < wordsOf(value.source.length); i++) {
      if (this.#words[first + i]?.value !== value) return undefined
    }
    value.used = true
    return { value, offset: index * WORD }
  }

  /** The values of a concatenated key of so many bytes, each of which fills whole words. */
  readKey(register: number | undefined, length: number): RegisterValue[] | undefined {
    if (register === undefined) return undefined
    const values: RegisterValue[] = []
    let word = firstWord(register)
    const end = word + wordsOf(length)
    while (word < end) {
      const value = this.read(nftRegister.reg32 + word)
      if (value === undefined) return undefined
      values.push(value)
      word += wordsOf(value.source.length)
    }
    return word === end ? values : undefined
  }

  /** The values that nothing has used. */
  unused(): RegisterValue[] {
    return [...this.#values].filter(({ used }) => !used)
  }
}

/** The index of the word at which a register begins. */
function firstWord(register: number): number {
  const { reg1, reg32 } = nftRegister
  return register >= reg32 ? register - reg32 : (register - reg1) * (WORDS / 4)
}
