import {
  type LinkMessageInput,
  linkMessage,
  messageFlag,
  type RtmName,
  rtm,
  rtmName,
} from '../../../protocol/index.js'
import { type BulkOptions, bulkByPromises, type Dump, type Request } from '../../connection/index.js'
import { ArgumentError } from '../../errors.js'
import { assertKnownKeys } from '../../options.js'
import { type Context, type LinkRef, NAME_MAX, type RequestOptions } from '../context.js'
import {
  CHANGE_WORDS,
  LINK_WORDS,
  type Link,
  type LinkChanges,
  type LinkSpec,
  PEER_WORDS,
  type PeerSpec,
  type Resolver,
  readLink,
  settingsMessage,
} from './spec.js'

/** Which links to list; what is left out does not matter. */
export interface LinkFilter {
  /** Only links of this kind. */
  readonly kind?: Link['kind'] | (string & {}) | undefined
  /** Only links under this master. */
  readonly master?: LinkRef | undefined
  /** Adds the counters of IPv6 and of virtual functions to the link's own, which are always there. */
  readonly stats?: boolean | undefined
  /** Ends the listing, with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** Links, of the namespace of the connection. rtnetlink(7), ip-link(8) */
export class Links {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /**
   * Makes a link; a veth with its peer, in one request, wherever the two are to be.
   * @throws EncodeError when a value cannot be sent: a name of more than 15 bytes, a number out of range
   * @throws ArgumentError, LinkNotFoundError, SystemError for what it refers to
   * @throws NetlinkError `EEXIST` when the name is taken, `EOPNOTSUPP` when the kernel has no such kind, `EPERM`
   */
  add(spec: LinkSpec, options?: RequestOptions): Promise<void> {
    return this.#withReferences((resolve) => {
      assertKnownKeys(spec, LINK_WORDS, 'spec')
      const value = settingsMessage(spec, resolve)
      if (spec.link !== undefined) value['link'] = resolve.index(spec.link, 'link')
      if (spec.linkNetnsid !== undefined) value['linkNetnsid'] = spec.linkNetnsid
      value['linkinfo'] = kindMessage(spec, resolve)
      const flags = messageFlag.create | messageFlag.exclusive
      return this.#request('newlink', value, {
        subject: spec.name ?? spec.kind,
        flags,
        changesNames: true,
      })
    }, options)
  }

  /**
   * Changes a link: all that is named, in one request.
   * @throws EncodeError, ArgumentError, LinkNotFoundError, SystemError
   * @throws NetlinkError `EINVAL` for what the link cannot do (move `lo`), `EBUSY`, `EPERM`
   */
  set(link: LinkRef, changes: LinkChanges, options?: RequestOptions): Promise<void> {
    return this.#withReferences((resolve) => {
      assertKnownKeys(changes, CHANGE_WORDS, 'changes')
      const value = settingsMessage(changes, resolve)
      value['index'] = resolve.index(link, 'link')
      const { slave } = changes
      const linkinfo = {
        ...(changes.kind === undefined ? {} : kindMessage(changes, resolve)),
        ...(slave === undefined ? {} : { slaveKind: slave.kind, slaveData: slave.data }),
      }
      if (Object.keys(linkinfo).length > 0) value['linkinfo'] = linkinfo
      const how = {
        subject: String(link),
        changesNames: changes.name !== undefined || changes.netns !== undefined,
        blocking: changes.netns !== undefined || changes.up === false || changes.master !== undefined,
      }
      return this.#request('newlink', value, how)
    }, options)
  }

  /**
   * Deletes a link; of a pair, both ends.
   * @throws NetlinkError `ENODEV` when there is none, `EOPNOTSUPP` for hardware, `EPERM`
   */
  delete(link: LinkRef, options?: RequestOptions): Promise<void> {
    const how = { subject: String(link), blocking: true, changesNames: true }
    return this.#context.request(() => this.#request('dellink', this.#identify(link), how), options)
  }

  /**
   * Makes very many, some at a time. Gives how many were made.
   * @throws BulkError with what failed and why, unless `onFailure` takes it; the signal's reason
   */
  addAll(
    specs: Iterable<LinkSpec> | AsyncIterable<LinkSpec>,
    options?: BulkOptions<LinkSpec>,
  ): Promise<number> {
    return bulkByPromises(specs, (spec) => this.add(spec), options)
  }

  /** Deletes very many, some at a time. @throws as `addAll` */
  deleteAll(
    links: Iterable<LinkRef> | AsyncIterable<LinkRef>,
    options?: BulkOptions<LinkRef>,
  ): Promise<number> {
    return bulkByPromises(links, (link) => this.delete(link), options)
  }

  /**
   * One link; with `stats`, the counters of IPv6 and of virtual functions besides its own.
   * @throws NetlinkError `ENODEV` when there is none
   */
  get(link: LinkRef, options?: RequestOptions & { readonly stats?: boolean | undefined }): Promise<Link> {
    const build = () => {
      if (options !== undefined) assertKnownKeys(options, ['stats', 'signal'], 'options')
      const value = this.#identify(link)
      value['extMask'] = extensions(options?.stats)
      return this.#request('getlink', value, { subject: String(link) })
    }
    return this.#context.query(build, readLink, options)
  }

  /** All links that the filter lets through. @throws NetlinkError, DumpInterruptedError */
  async list(filter: LinkFilter = {}): Promise<Link[]> {
    return this.dump(filter).toArray()
  }

  /** The same one by one, as the kernel gives them. */
  dump(filter: LinkFilter = {}): Dump<Link> {
    assertKnownKeys(filter, ['kind', 'master', 'stats', 'signal'], 'filter')
    const build = () => {
      const { kind } = filter
      const master = filter.master === undefined ? undefined : this.#context.index(filter.master, 'master')
      const value = {
        family: 'unspec',
        master,
        linkinfo: kind === undefined ? undefined : { kind },
        extMask: extensions(filter.stats),
      }
      // The kernel filters under strict checking; older ones send everything.
      const passes = (link: Link) =>
        (master === undefined || link.master === master) && (kind === undefined || link.kind === kind)
      const read = (view: DataView, at: number, length: number) => {
        const link = readLink(view, at, length)
        return passes(link) ? link : undefined
      }
      return { request: this.#request('getlink', value), read }
    }
    return this.#context.connection.dump(build, { signal: filter.signal })
  }

  /** By index, or by whichever of its names it is; no look-up beforehand. */
  #identify(link: LinkRef): Record<string, unknown> {
    if (typeof link === 'number') return { family: 'unspec', index: this.#context.index(link, 'link') }
    if (typeof link !== 'string' || link === '') {
      throw new ArgumentError('link', link, 'the name or the index of a link')
    }
    return { family: 'unspec', [link.length > NAME_MAX ? 'altIfname' : 'ifname']: link }
  }

  #withReferences(build: (resolve: Resolver) => Request, options?: RequestOptions): Promise<void> {
    return this.#context.requestWithNetns(
      (open) => build({ index: (link, argument) => this.#context.index(link, argument), netns: open }),
      options,
    )
  }

  #request(name: RtmName, value: Record<string, unknown>, how: Partial<Request> = {}): Request {
    const { subject, flags, blocking, changesNames } = how
    return {
      type: rtm[name],
      name: rtmName(rtm[name]),
      subject,
      flags,
      codec: linkMessage,
      value,
      blocking,
      changesNames,
    }
  }
}

/** What the kernel is to add, and to leave out: RTEXT_FILTER_*. */
function extensions(stats = false): LinkMessageInput['extMask'] {
  return stats ? ['vf'] : ['vf', 'skipStats']
}

/** IFLA_LINKINFO of a link to be made: what the kind says, the peer as a link message of its own. */
function kindMessage(
  spec: { readonly kind: string; readonly data?: object | undefined; readonly peer?: PeerSpec | undefined },
  resolve: Resolver,
): LinkMessageInput['linkinfo'] {
  const { kind, data, peer } = spec
  const own = peer === undefined ? data : { ...data, peer: peerMessageOf(peer, resolve) }
  return (own === undefined ? { kind } : { kind, data: own }) as LinkMessageInput['linkinfo']
}

function peerMessageOf(peer: PeerSpec, resolve: Resolver): Record<string, unknown> {
  assertKnownKeys(peer, PEER_WORDS, 'peer')
  for (const word of ['up', 'master']) {
    if (!(word in peer)) continue
    const expected = `possible yet: the kernel ties the ends together afterwards; set it on the peer then`
    throw new ArgumentError(`peer.${word}`, peer[word as keyof PeerSpec], expected)
  }
  return settingsMessage(peer, resolve, 'peer.')
}
