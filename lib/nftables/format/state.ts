import type { NfFamily } from '../../../protocol/index.js'
import { type Datatype, integerOf } from '../datatype.js'
import { datatypes } from '../datatypes.js'
import { type HeaderName, type Layer, networkProtocolOf } from '../headers.js'
import type { NftRule, NftTableListing } from '../listing.js'
import { type Dependency, dependenciesOf, determined, type Protocols } from './dependencies.js'
import type { Operand } from './operand.js'
import { Registers, type RegisterValue } from './registers.js'
import type { Source } from './source.js'
import { notExpressible, quoted } from './values.js'

export interface FormatOptions {
  /** Returns the name of a link by its index; if undefined, the index itself is written. */
  readonly linkName?: ((index: number) => string | undefined) | undefined
}

/** The table of a rule, as far as its text depends on it. */
export type FormatContext = Pick<NftTableListing, 'family' | 'sets'> &
  Partial<Pick<NftTableListing, 'chains'>>

interface Statement {
  readonly text: string
  /** It only determines a protocol, and which ones were determined before it. */
  readonly dependency?: Dependency
  readonly before?: Protocols
}

/** A lower bound that an upper bound of the same value may follow: both make a range. */
export interface LowerBound {
  readonly statement: number
  readonly value: RegisterValue
  readonly bytes: Uint8Array
}

/**
 * The state of a rule while its expressions are formatted in order: the contents of the registers, and the protocols
 * that the rule has determined.
 *
 * A dependency (libnftables' term) is a statement such as `meta l4proto tcp` that determines the protocol of a layer.
 * nft(8) adds it by itself where a later field implies it (`tcp dport`). It is left out of the text only where nft(8)
 * would add the very same at the very same place.
 */
export class RuleState {
  readonly family: NfFamily
  readonly table: FormatContext
  readonly registers = new Registers()
  protocols: Protocols
  lowerBound: LowerBound | undefined
  readonly #statements: Statement[] = []
  /** Layers of which a statement has compared the protocol without determining it. */
  readonly #undetermined = new Set<Layer>()
  readonly formatRule: (rule: NftRule) => string
  readonly #options: FormatOptions

  /** @param formatRule formats another rule of the table, which is written within this one */
  constructor(table: FormatContext, options: FormatOptions, formatRule: (rule: NftRule) => string) {
    this.formatRule = formatRule
    this.family = table.family
    this.table = table
    this.protocols = {
      link: table.family === 'bridge' ? 'ether' : undefined,
      network: networkProtocolOf(table.family),
      transport: undefined,
    }
    this.#options = options
  }

  get statements(): readonly string[] {
    return this.#statements.map(({ text }) => text)
  }

  /** Adds a statement. */
  add(text: string): void {
    this.#statements.push({ text })
  }

  /** Replaces the last statement. */
  replaceLast(text: string): void {
    this.#statements.pop()
    this.add(text)
  }

  /** Adds a statement that does something: what was loaded before it may be loaded after it in nft(8)'s order. */
  addEffect(text: string): void {
    this.add(text)
    this.registers.expire()
  }

  /** Records what a register holds. Returns undefined, for formatters to return: loading alone has no text. */
  load(register: number | undefined, source: Source | undefined, name = source?.name): string | undefined {
    if (register === undefined || source === undefined) return notExpressible(name)
    return this.store(register, { source, used: false })
  }

  /** As `load`, with what has been done to the bits. Values that are lost unused are marked. */
  store(register: number, value: RegisterValue): undefined {
    for (const { source } of this.registers.store(register, value)) this.add(notExpressible(source.name))
  }

  /** Adds a comparison for equality, which may determine the protocol of a layer. */
  addComparison(text: string, { text: key, dependency: layer }: Operand, value: string): void {
    if (layer === undefined) {
      this.add(text)
      return
    }
    const dependency = { key, value }
    this.#statements.push({ text, dependency, before: this.protocols })
    this.protocols = determined(this.protocols, this.family, layer, dependency)
  }

  /** Records that a statement compares operands in another way than {@link addComparison}. */
  compareOtherwise(operands: readonly Operand[]): void {
    for (const { dependency } of operands) if (dependency) this.#undetermined.add(dependency)
  }

  /** Removes the statements at the end that nft(8) adds by itself before fields of these headers. */
  removeDependencies(names: readonly HeaderName[]): void {
    if (names.length === 0 || this.#undetermined.size > 0) return
    let first = this.#statements.length
    while (first > 0 && this.#statements[first - 1]?.dependency) first--
    for (; first < this.#statements.length; first++) {
      const present = this.#statements.slice(first)
      const added = this.#added(names, present[0]?.before as Protocols)
      const isSame =
        added?.length === present.length &&
        added.every(({ key, value }, i) => {
          const { dependency } = present[i] as Statement
          return dependency?.key === key && dependency.value === value
        })
      if (isSame) this.#statements.length = first
    }
  }

  /** What nft(8) adds before fields of these headers. */
  #added(names: readonly HeaderName[], before: Protocols): Dependency[] | undefined {
    const all: Dependency[] = []
    let protocols = before
    for (const name of names) {
      const added = dependenciesOf(name, this.family, protocols)
      if (added === undefined) return undefined
      for (const one of added) {
        protocols = determined(protocols, this.family, LAYERS[one.key] ?? 'network', one)
        all.push(one)
      }
    }
    return all
  }

  /** The type; one of link indices formats them as names, if the options provide names. */
  named(type: Datatype): Datatype {
    if (type !== datatypes.iface_index) return type
    return {
      ...type,
      format: (bytes) => {
        const name = this.#options.linkName?.(integerOf(bytes, type.bigEndian))
        return name === undefined ? type.format(bytes) : quoted(name)
      },
    }
  }
}

/** The layers whose protocols these keys determine, if it is not that of the network. */
const LAYERS: Readonly<Record<string, Layer>> = { 'meta l4proto': 'transport', 'meta iiftype': 'link' }
