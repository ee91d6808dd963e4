import {
  addressMessage,
  type IpFamily,
  messageFlag,
  type RtmName,
  rtm,
  rtmName,
  type scope,
  type Value,
} from '../../../protocol/index.js'
import { type BulkOptions, type Dump, NetlinkError, type Request } from '../../connection/index.js'
import { assertKnownKeys } from '../../options.js'
import type { Context, LinkRef, RequestOptions } from '../context.js'
import { ADDRESS_WORDS, type Address, type AddressSpec, addressMessageOf, readAddress } from './spec.js'

/** Which addresses to list; what is left out does not matter. */
export interface AddressFilter {
  readonly link?: LinkRef | undefined
  readonly family?: IpFamily | undefined
  readonly scope?: Value<typeof scope> | undefined
  /** Ends the listing, with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** How often a flush looks again for what it could not see the first time. */
const FLUSH_ROUNDS = 10

/** Addresses, of the namespace of the connection. rtnetlink(7), ip-address(8) */
export class Addresses {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /**
   * Adds an address to a link.
   * @throws ArgumentError, EncodeError, LinkNotFoundError
   * @throws NetlinkError `EEXIST` when the link has it, `EPERM`
   */
  add(spec: AddressSpec, options?: RequestOptions): Promise<void> {
    return this.#send(this.#adding, spec, options)
  }

  /** Adds an address, or changes the one that is there. @throws as `add`, but for `EEXIST` */
  replace(spec: AddressSpec, options?: RequestOptions): Promise<void> {
    return this.#send(this.#replacing, spec, options)
  }

  /** Takes an address away. @throws NetlinkError `EADDRNOTAVAIL` when the link has none such */
  delete(
    spec: Pick<AddressSpec, 'link' | 'address'> & Partial<AddressSpec>,
    options?: RequestOptions,
  ): Promise<void> {
    return this.#send(this.#deleting, spec, options)
  }

  /**
   * Adds very many: a few system calls, no promise for each. Gives how many were added.
   * @throws BulkError with what failed and why, unless `onFailure` takes it; the signal's reason
   */
  addAll(
    specs: Iterable<AddressSpec> | AsyncIterable<AddressSpec>,
    options?: BulkOptions<AddressSpec>,
  ): Promise<number> {
    return this.#context.connection.bulk(specs, this.#adding, { ...options, usesNames: true })
  }

  /** Replaces very many. @throws as `addAll` */
  replaceAll(
    specs: Iterable<AddressSpec> | AsyncIterable<AddressSpec>,
    options?: BulkOptions<AddressSpec>,
  ): Promise<number> {
    return this.#context.connection.bulk(specs, this.#replacing, { ...options, usesNames: true })
  }

  /** Deletes very many. @throws as `addAll` */
  deleteAll(
    specs: Iterable<AddressSpec> | AsyncIterable<AddressSpec>,
    options?: BulkOptions<AddressSpec>,
  ): Promise<number> {
    return this.#context.connection.bulk(specs, this.#deleting, { ...options, usesNames: true })
  }

  /** All addresses that the filter lets through. @throws NetlinkError, DumpInterruptedError */
  async list(filter: AddressFilter = {}): Promise<Address[]> {
    return this.dump(filter).toArray()
  }

  /** The same one by one, as the kernel gives them. */
  dump(filter: AddressFilter = {}): Dump<Address> {
    assertKnownKeys(filter, ['link', 'family', 'scope', 'signal'], 'filter')
    const { family, scope } = filter
    return this.#context.connection.dump(
      () => {
        const index = filter.link === undefined ? undefined : this.#context.index(filter.link, 'link')
        const passes = (address: Address) =>
          (index === undefined || address.link === index) &&
          (family === undefined || address.family === family) &&
          (scope === undefined || address.scope === scope)
        return {
          request: {
            type: rtm.getaddr,
            name: rtmName(rtm.getaddr),
            codec: addressMessage,
            value: { family: family ?? 'unspec', index },
          },
          read: (view, at, length) => {
            const address = readAddress(view, at, length)
            return passes(address) ? address : undefined
          },
        }
      },
      { signal: filter.signal },
    )
  }

  /**
   * Takes all addresses away that the filter lets through; gives how many it took. An address may go with another
   * (a secondary one with its primary): that is no failure.
   * @throws NetlinkError
   */
  async flush(filter: AddressFilter = {}): Promise<number> {
    let count = 0
    for (let round = 0; round < FLUSH_ROUNDS; round++) {
      const all = await this.list(filter)
      if (all.length === 0) break
      const gone = await Promise.all(all.map((address) => this.delete(address).then(() => true, wasGone)))
      count += gone.filter(Boolean).length
    }
    return count
  }

  readonly #adding = (spec: AddressSpec) =>
    this.#change('newaddr', spec, messageFlag.create | messageFlag.exclusive)

  readonly #replacing = (spec: AddressSpec) =>
    this.#change('newaddr', spec, messageFlag.create | messageFlag.replace)

  readonly #deleting = (spec: AddressSpec) => this.#change('deladdr', spec, 0)

  #send(
    toRequest: (spec: AddressSpec) => Request,
    spec: AddressSpec,
    options?: RequestOptions,
  ): Promise<void> {
    return this.#context.request(() => toRequest(spec), options)
  }

  #change(name: RtmName, spec: AddressSpec, flags: number): Request {
    assertKnownKeys(spec, ADDRESS_WORDS, 'spec')
    const { link, address, peer, label } = spec
    // What a listed address has besides says nothing subject which one it is.
    const wanted = name === 'deladdr' ? { link, address, peer, label } : spec
    return {
      type: rtm[name],
      name: rtmName(rtm[name]),
      subject: address,
      flags,
      codec: addressMessage,
      value: addressMessageOf(wanted, this.#context.index(link, 'link')),
    }
  }
}

function wasGone(error: unknown): false {
  if (error instanceof NetlinkError && error.code === 'EADDRNOTAVAIL') return false
  throw error
}
