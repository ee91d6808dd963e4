import { type NfFamily, nftRegister } from '../../../protocol/index.js'
import { type Datatype, integerOf } from '../datatype.js'
import { datatypes, padded } from '../datatypes.js'
import { type Layer, type NetworkProtocol, networkProtocolOf, networkProtocols } from '../headers.js'
import type { NftTableListing } from '../listing.js'
import { quoted } from './values.js'

export interface FormatOptions {
  /** Returns the name of a link by its index; if undefined, the index itself is written. */
  readonly linkName?: ((index: number) => string | undefined) | undefined
}

/** The contents of a register at some point of a rule. */
export interface RegisterValue {
  /** What was loaded from the packet, in nft(8)'s syntax: `ip saddr`. */
  readonly text: string
  readonly type: Datatype
  /** The bits of it that are compared, if not all. */
  readonly mask?: Uint8Array
  /** The value, if it is a constant and not loaded from the packet. */
  readonly constant?: Uint8Array
  /** The layer whose protocol is determined by comparing it for equality. */
  readonly dependency?: Layer
}

/**
 * The state of a rule while its expressions are formatted in order: the contents of the registers, and the
 * dependencies.
 *
 * A dependency (libnftables' term) is a statement such as `meta l4proto tcp` that determines the protocol of a layer.
 * nft(8) leaves it out where a later field implies it (`tcp dport`), so at most one statement a layer is kept as
 * removable.
 */
export class RuleState {
  readonly family: NfFamily
  readonly sets: NftTableListing['sets']
  /** The text so far; a removed statement is an empty one, so that positions stay valid. */
  readonly statements: string[] = []
  /** The protocols that the rule has determined so far; those of the transport layer by the names of `inet_proto`. */
  readonly protocols: { network: NetworkProtocol | undefined; transport: string | undefined }
  /** The last statement, if it compares with `>=`: a `<=` that follows makes a range of the two. */
  lowerBound:
    | { readonly position: number; readonly loaded: RegisterValue; readonly value: Uint8Array }
    | undefined
  readonly #dependencies = new Map<Layer, number>()
  /** By the index of the 4-byte register. */
  readonly #registers = new Map<number, RegisterValue>()
  readonly #options: FormatOptions

  constructor({ family, sets }: Pick<NftTableListing, 'family' | 'sets'>, options: FormatOptions) {
    this.family = family
    this.sets = sets
    this.protocols = { network: networkProtocolOf(family), transport: undefined }
    this.#options = options
  }

  /** Records the contents of a register. Returns undefined, for formatters to return: loading alone has no text. */
  load(register: number | undefined, value: RegisterValue | undefined): undefined {
    if (register !== undefined && value !== undefined) this.#registers.set(index32(register), value)
  }

  /** The contents of a register. */
  loaded(register: number | undefined): RegisterValue | undefined {
    return register === undefined ? undefined : this.#registers.get(index32(register))
  }

  /** The concatenated key in consecutive registers: `ip saddr . tcp dport`. */
  loadedKey(register: number, types: readonly Datatype[]): RegisterValue | undefined {
    const fields: RegisterValue[] = []
    let index = index32(register)
    for (const type of types) {
      const field = this.#registers.get(index)
      if (field === undefined) return undefined
      fields.push(field)
      index += padded(type.length) / 4
    }
    const [first] = fields
    return first && { ...first, text: fields.map(({ text }) => text).join(' . ') }
  }

  /** Records that the next statement determines the protocol of a layer; `protocol` is a value of its data type. */
  addDependency(layer: Layer, protocol: string): void {
    this.#dependencies.set(layer, this.statements.length)
    if (layer === 'transport') this.protocols.transport = protocol
    else if (layer === 'network') this.protocols.network = networkProtocols[protocol]
  }

  /** Removes the statement that a later one implies. */
  removeDependency(layer: Layer): void {
    const position = this.#dependencies.get(layer)
    if (position !== undefined) this.statements[position] = ''
    this.#dependencies.delete(layer)
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

/** The index of the 4-byte register at which a register begins. */
function index32(register: number): number {
  const { reg1, reg32 } = nftRegister
  return register >= reg32 ? register - reg32 : (register - reg1) * 4
}
