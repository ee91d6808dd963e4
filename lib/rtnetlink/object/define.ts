import { messageFlag, rtmName, Writer } from '../../../protocol/index.js'
import {
  BulkError,
  type BulkFailure,
  type BulkOptions,
  type Dump,
  isNetlinkError,
  type NetlinkError,
  type Place,
  type Request,
  snapshot,
} from '../../connection/index.js'
import { isLinkNotFoundError, LinkNotFoundError } from '../../errors.js'
import { assertKnownKeys } from '../../options.js'
import { assertRequestOptions, type Context, type RequestOptions } from '../context.js'
import {
  type Description,
  type ExactDeletion,
  type FlushDescription,
  type LinksOf,
  messageTypes,
  type Part,
  VERBS,
  type VerbName,
} from './description.js'
import type { ListOptions, VerbsOf } from './verbs.js'

/** A kind of object: its description, and the API that {@link RtNetlink} has for it. */
export interface ObjectDefinition<Name extends string, V, Api, Watched extends boolean = boolean> {
  readonly name: Name
  readonly description: Description<V, never, never, never, VerbName>
  /** Whether it can be watched. */
  readonly watched: Watched
  open(context: Context): Api
}

/** The API of a kind of object. */
export type ApiOf<D> = D extends ObjectDefinition<string, infer _V, infer Api> ? Api : never

/** Passed to the function that makes the methods of a kind of object besides its verbs. */
export interface ObjectScope {
  readonly context: Context
  /** A request about an object: `request('get', { index: 1 })`. */
  readonly request: (part: Part, value: object, more?: RequestDetails) => Request
}

/** Properties of a request besides its message. */
interface RequestDetails extends Pick<Request, 'subject' | 'flags'> {
  /** As in the description, where this message refers to links in another way. */
  readonly links?: LinksOf
}

/** How many times a flush lists and deletes: some objects become visible only when others are deleted. */
const FLUSH_ROUNDS = 10

/** The codes with which the kernel refuses a message that has the index of a missing link. */
const MISSING_LINK_CODES = ['ENODEV', 'EINVAL', 'ESRCH']

const USES_NAMES = { usesNames: true } as const

/**
 * Makes the API of a kind of object from its description: `list`, `dump`, its verbs, each also in bulk, and `flush`
 * where that is described; `methods` adds what is special.
 */
export function defineObject<
  V,
  Spec,
  Filter extends object,
  const Verb extends VerbName,
  const D extends Description<V, Spec, Ref, Filter, Verb>,
  Ref = Spec,
  Methods extends object = object,
>(
  description: D & Description<V, Spec, Ref, Filter, Verb>,
  methods?: (scope: ObjectScope) => Methods,
): ObjectDefinition<
  D['name'],
  V,
  VerbsOf<V, Spec, Ref, Filter, Verb, D extends { readonly flush: object } ? 'flush' : never> & Methods,
  D extends { readonly watch: object } ? true : false
> {
  return {
    name: description.name,
    watched: (description.watch !== undefined) as never,
    description: description as never,
    open: (context) => {
      const object = new ObjectApi<V, Spec, Ref, Filter, Verb>(description, context)
      return { ...object.verbs(), ...methods?.(object) } as never
    },
  }
}

class ObjectApi<V, Spec, Ref, Filter extends object, Verb extends VerbName> implements ObjectScope {
  readonly context: Context
  readonly #description: Description<V, Spec, Ref, Filter, Verb>
  readonly #types: Readonly<Record<Part, number>>
  readonly #names: Readonly<Record<Part, string>>
  readonly #refused: (error: NetlinkError) => Error

  constructor(description: Description<V, Spec, Ref, Filter, Verb>, context: Context) {
    this.#description = description
    this.context = context
    this.#types = messageTypes(description.messages)
    const { new: added, del, get } = this.#types
    this.#refused = this.#missingLinks(description.links)
    this.#names = { new: rtmName(added), del: rtmName(del), get: rtmName(get) }
  }

  // One object shape for all requests: some programs make thousands a second.
  readonly request = (part: Part, value: object, more: RequestDetails = {}): Request => ({
    type: this.#types[part],
    name: this.#names[part],
    subject: more.subject,
    flags: more.flags,
    codec: this.#description.codec,
    value,
    refused: more.links === undefined ? this.#refused : this.#missingLinks(more.links),
    emptyCode: this.#description.emptyCode,
  })

  verbs(): object {
    const { connection } = this.context
    const api: Record<string, unknown> = { list: this.#list, dump: this.#dump }
    for (const verb of this.#description.verbs) {
      const toRequest = this.#requests(verb)
      const { exact } = this.#description
      api[verb] = (spec: Spec & Ref, options?: RequestOptions) => {
        // What is no object is refused by the request.
        if (verb === 'delete' && typeof spec === 'object' && spec !== null && exact?.isListed(spec)) {
          return this.#deleteExactly(exact, spec, options)
        }
        return options === undefined
          ? connection.request(toRequest, USES_NAMES, spec)
          : this.#requestWith(toRequest, spec, options)
      }
      api[`${verb}All`] = (specs: Iterable<Spec & Ref>, options?: BulkOptions<Spec & Ref>) =>
        connection.bulk(specs, toRequest, options, USES_NAMES)
    }
    const { flush } = this.#description
    if (flush) api['flush'] = (filter?: Filter & ListOptions) => this.#flush(flush, filter)
    return api
  }

  async #requestWith(
    toRequest: (spec: Spec & Ref) => Request,
    spec: Spec & Ref,
    options: RequestOptions,
  ): Promise<void> {
    assertRequestOptions(options)
    return this.context.connection.request(toRequest, { usesNames: true, signal: options.signal }, spec)
  }

  /**
   * Deletes a listed object and no other. The kernel echoes what it deletes: what goes before the one that is meant is
   * put back.
   */
  async #deleteExactly(
    exact: ExactDeletion<V, Ref>,
    given: Spec & Ref,
    options: RequestOptions = {},
  ): Promise<void> {
    assertRequestOptions(options)
    const { connection } = this.context
    const spec = snapshot(given)
    const toRequest = this.#requests('delete' as Verb)
    const build = () => ({ ...toRequest(spec), flags: messageFlag.echo })
    using place = connection.keepPlace()
    const others: V[] = []
    let listed: V | undefined
    try {
      for (;;) {
        const job = { usesNames: true, echoed: true, signal: options.signal, place }
        const deleted = await connection.query(build, this.#description.read, job)
        listed ??= this.#asListed(spec, exact)
        if (deleted === undefined || listed === undefined || exact.isSame(listed, deleted)) return
        others.push(deleted)
      }
    } finally {
      const restore = this.#requests(exact.restore as Verb) as unknown as (value: V) => Request
      for (const other of others.reverse()) await connection.request(restore, { place }, other)
    }
  }

  /** An object as a listing has it, whatever forms its members are given in. */
  #asListed(spec: Spec & Ref, { restore }: ExactDeletion<V, Ref>): V | undefined {
    const { codec, read, message } = this.#description
    const out = new Writer()
    codec.encode(out, (message?.(spec, restore as Verb, this.context) ?? {}) as never, {})
    return read(out.view, 0, out.at)
  }

  /** The builder of one verb's requests. All are made in one shape: there may be very many. */
  #requests(verb: Verb): (spec: Spec & Ref) => Request {
    const { message, deletion, subject } = this.#description
    const part = verb === 'delete' ? 'del' : 'new'
    const flags = VERBS[verb]
    const build =
      verb === 'delete' && deletion ? deletion : (spec: Spec) => message?.(spec, verb, this.context) ?? {}
    return (spec) => {
      // The message first: building it validates the spec, which the subject is read from.
      const value = build(spec, this.context)
      return this.request(part, value, { subject: subject?.(spec), flags })
    }
  }

  /** These refusals may mean that a link does not exist. They have other causes too, so the links are looked up. */
  #missingLinks(links: LinksOf | undefined): (error: NetlinkError) => Error {
    return (error) => {
      if (!MISSING_LINK_CODES.includes(error.code)) return error
      for (const [argument, link] of Object.entries(links?.(error.request.value) ?? {})) {
        if (link !== undefined && !this.context.connection.hasLink(link)) {
          return new LinkNotFoundError(argument, link, { cause: error })
        }
      }
      return error
    }
  }

  readonly #list = async (filter?: Filter & ListOptions): Promise<V[]> => this.#dump(filter).toArray()

  readonly #dump = (filter?: Filter & ListOptions): Dump<V> => this.#dumpAt(undefined, filter)

  #dumpAt(place: Place | undefined, given?: Filter & ListOptions): Dump<V> {
    // A copy: the caller may change it before it is read.
    const filter = given === undefined ? ({} as Filter & ListOptions) : { ...given }
    const { filter: described, read } = this.#description
    assertKnownKeys(given === undefined ? filter : given, [...described.keys, 'signal'], 'filter')
    const plan = () => {
      const { request, matches } = described.select(filter, this.context.existing)
      return {
        request: this.request('get', request),
        read: (view: DataView, at: number, length: number) => {
          const value = read(view, at, length)
          return value !== undefined && matches(value) ? value : undefined
        },
      }
    }
    return this.context.connection.dump(plan, { signal: filter.signal, place })
  }

  async #flush(flush: FlushDescription<V, Filter>, filter?: Filter & ListOptions): Promise<number> {
    const given = filter ?? ({} as Filter)
    const signal = filter?.signal
    const { connection } = this.context
    using place = connection.keepPlace()
    const deleted = new Set<string>()
    let count = 0
    for (let round = 0; round < FLUSH_ROUNDS; round++) {
      const all = await this.#dumpAt(place, filter).toArray()
      const doomed = all.filter((value) => !deleted.has(flush.key(value)) && !flush.spares?.(value, given))
      if (doomed.length === 0) break
      for (const value of doomed) deleted.add(flush.key(value))
      const failures: BulkFailure<V>[] = []
      const onFailure = (failure: BulkFailure<V>) => {
        const gone = isNetlinkError(failure.error, ...flush.goneCodes) || isLinkNotFoundError(failure.error)
        if (!gone) failures.push(failure)
      }
      count += await connection.bulk(
        doomed,
        this.#requests('delete' as Verb) as unknown as (value: V) => Request,
        { onFailure, signal },
        { ...USES_NAMES, place },
      )
      if (failures.length > 0)
        throw failures.length === 1 ? failures[0]?.error : new BulkError(failures, count)
    }
    return count
  }
}
