import {
  type IpFamily,
  messageFlag,
  type RouteMessageInput,
  type RtmName,
  routeMessage,
  rtm,
  rtmName,
} from '../../../protocol/index.js'
import type { BulkOptions, Dump, Request } from '../../connection/index.js'
import { assertKnownKeys } from '../../options.js'
import type { Context, LinkRef, RequestOptions } from '../context.js'
import {
  addDefaults,
  type LookupOptions,
  lookupMessageOf,
  type Route,
  type RouteDraft,
  type RouteSpec,
  readRoute,
  routeMessageOf,
} from './spec.js'

/** Which routes to list; what is left out does not matter. */
export interface RouteFilter {
  readonly family?: IpFamily | undefined
  /** `'main'`, `'local'`, `'default'`, or a number. */
  readonly table?: RouteMessageInput['table']
  readonly protocol?: RouteMessageInput['protocol']
  readonly type?: RouteMessageInput['type']
  /** Routes by this link. */
  readonly oif?: LinkRef | undefined
  /** Ends the listing, with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** Routes, of the namespace of the connection. rtnetlink(7), ip-route(8) */
export class Routes {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /**
   * Adds a route. Left out: table `main`, type `unicast`, protocol `boot`, and for IPv4 the scope that iproute2
   * would choose.
   * @throws ArgumentError, EncodeError, LinkNotFoundError
   * @throws NetlinkError `EEXIST` when there is such a route, `ENETUNREACH` when the gateway cannot be reached,
   * `ENETDOWN` when the link is down, `EPERM`
   */
  add(spec: RouteSpec, options?: RequestOptions): Promise<void> {
    return this.#send(this.#adding, spec, options)
  }

  /** Adds a route, or takes the place of the one to the same destination and metric. @throws as `add`, but `EEXIST` */
  replace(spec: RouteSpec, options?: RequestOptions): Promise<void> {
    return this.#send(this.#replacing, spec, options)
  }

  /** Takes away the first route that is as the specification says. @throws NetlinkError `ESRCH` when there is none */
  delete(spec: RouteSpec, options?: RequestOptions): Promise<void> {
    return this.#send(this.#deleting, spec, options)
  }

  /**
   * Adds very many: a few system calls, no promise for each. Gives how many were added.
   * @throws BulkError with what failed and why, unless `onFailure` takes it; the signal's reason
   */
  addAll(
    specs: Iterable<RouteSpec> | AsyncIterable<RouteSpec>,
    options?: BulkOptions<RouteSpec>,
  ): Promise<number> {
    return this.#context.connection.bulk(specs, this.#adding, { ...options, usesNames: true })
  }

  /** Replaces very many. @throws as `addAll` */
  replaceAll(
    specs: Iterable<RouteSpec> | AsyncIterable<RouteSpec>,
    options?: BulkOptions<RouteSpec>,
  ): Promise<number> {
    return this.#context.connection.bulk(specs, this.#replacing, { ...options, usesNames: true })
  }

  /** Deletes very many. @throws as `addAll` */
  deleteAll(
    specs: Iterable<RouteSpec> | AsyncIterable<RouteSpec>,
    options?: BulkOptions<RouteSpec>,
  ): Promise<number> {
    return this.#context.connection.bulk(specs, this.#deleting, { ...options, usesNames: true })
  }

  /**
   * Looks up the way to an address, as the kernel would for a packet: no list is read.
   * @throws NetlinkError `ENETUNREACH` when there is none, `EHOSTUNREACH`, `EACCES` for routes of such types
   */
  get(dst: string, options: LookupOptions = {}): Promise<Route> {
    return this.#context.query(
      () => this.#request('getroute', lookupMessageOf(dst, options, this.#index), dst),
      readRoute,
      options,
    )
  }

  /** All routes that the filter lets through. @throws NetlinkError, DumpInterruptedError */
  async list(filter: RouteFilter = {}): Promise<Route[]> {
    return this.dump(filter).toArray()
  }

  /** The same one by one, as the kernel gives them: a million of them take no memory. */
  dump(filter: RouteFilter = {}): Dump<Route> {
    assertKnownKeys(filter, ['family', 'table', 'protocol', 'type', 'oif', 'signal'], 'filter')
    const build = () => {
      const { family = 'unspec', table, protocol, type } = filter
      const oif = filter.oif === undefined ? undefined : this.#context.index(filter.oif, 'oif')
      const passes = (route: Route) =>
        (family === 'unspec' || route.family === family) &&
        (table === undefined || route.table === table) &&
        (protocol === undefined || route.protocol === protocol) &&
        (type === undefined || route.type === type) &&
        (oif === undefined || route.oif === oif || route.multipath?.some((hop) => hop.oif === oif) === true)
      // A table comes with its first route.
      const request = {
        ...this.#request('getroute', { family, table, protocol, type, oif }),
        emptyCode: 'ENOENT',
      }
      const read = (view: DataView, at: number, length: number) => {
        const route = readRoute(view, at, length)
        return passes(route) ? route : undefined
      }
      return { request, read }
    }
    return this.#context.connection.dump(build, { signal: filter.signal })
  }

  readonly #index = (link: LinkRef, argument: string) => this.#context.index(link, argument)

  readonly #adding = (spec: RouteSpec) =>
    this.#change('newroute', spec, addDefaults, messageFlag.create | messageFlag.exclusive)

  readonly #replacing = (spec: RouteSpec) =>
    this.#change('newroute', spec, addDefaults, messageFlag.create | messageFlag.replace)

  readonly #deleting = (spec: RouteSpec) => this.#change('delroute', spec, meanAny, 0)

  #send(toRequest: (spec: RouteSpec) => Request, spec: RouteSpec, options?: RequestOptions): Promise<void> {
    return this.#context.request(() => toRequest(spec), options)
  }

  #change(name: RtmName, spec: RouteSpec, complete: (message: RouteDraft) => void, flags: number): Request {
    const value = routeMessageOf(spec, this.#index)
    complete(value)
    return this.#request(name, value, spec.dst, flags)
  }

  #request(name: RtmName, value: RouteMessageInput, subject?: string, flags = 0): Request {
    return { type: rtm[name], name: rtmName(rtm[name]), subject, flags, codec: routeMessage, value }
  }
}

/** A route to be deleted is meant whatever its scope, unless that is said; its flags tell nothing. */
function meanAny(message: RouteDraft): void {
  message.scope ??= 'nowhere'
  message.table ??= 'main'
  message.flags = undefined
}
