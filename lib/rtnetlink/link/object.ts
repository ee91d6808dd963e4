import {
  af,
  isLinkName,
  type LinkMessageInput,
  linkKindByName,
  linkKinds,
  linkMessage,
  messageFlag,
} from '../../../protocol/index.js'
import { type BulkOptions, type JobOptions, snapshot } from '../../connection/index.js'
import { ArgumentError } from '../../errors.js'
import type { LinkRef } from '../../link-reference.js'
import { assertBoolean, assertKnownKeys } from '../../options.js'
import { assertRequestOptions, type Context, type RequestOptions } from '../context.js'
import { NetnsScope } from '../netns-scope.js'
import { defineObject, type ObjectDefinition, type ObjectScope } from '../object/define.js'
import type { VerbsOf } from '../object/verbs.js'
import { additionOf, unusedIndex } from './addition.js'
import { isAnotherLink, isLink, isPartOfLink, LINK_HINTS, linkKey } from './key.js'
import { readLink } from './read.js'
import { CHANGE_KEYS, changesMessageOf, LINK_KEYS, type LinkResolver, linkMessageOf } from './spec.js'
import type { Link, LinkChanges, LinkSpec } from './types.js'
import { volatileMembers } from './volatile.js'

/** Which links to list; a key that is left out matches all. */
export interface LinkFilter {
  /** Only links of this kind. */
  readonly kind?: Link['kind'] | (string & {}) | undefined
  /** Only links whose master is this one. */
  readonly master?: LinkRef | undefined
  /** Adds the counters of IPv6 and of virtual functions to the link's own, which are always there. */
  readonly stats?: boolean | undefined
}

/** How to get one link. */
export interface LinkGetOptions extends RequestOptions {
  /** Adds the counters of IPv6 and of virtual functions to the link's own, which are always there. */
  readonly stats?: boolean | undefined
}

type ExtensionMask = NonNullable<LinkMessageInput['extMask']>

/** RTEXT_FILTER_*: what the kernel adds to a link, and leaves out. */
const WITH_STATS: ExtensionMask = ['vf']
const WITHOUT_STATS: ExtensionMask = ['vf', 'skipStats']

/** Whether the kernel looks the link up, by IFLA_IFNAME. Other names are alternative ones. */
const isNamed = (link: LinkRef): link is string => typeof link === 'string' && isLinkName(link)

/** A link in a message. */
function identify(link: LinkRef, context: Context, extMask?: ExtensionMask): LinkMessageInput {
  const named = isNamed(link)
  return {
    family: 'unspec',
    index: named ? undefined : context.link(link, 'link'),
    ifname: named ? link : undefined,
    extMask,
  }
}

/**
 * Any text may be a kind, since kernel modules bring their own; names of kinds are in lower case.
 * @throws {@link ArgumentError} when it is no text, or a declared kind but for its case
 */
function assertKind(argument: string, kind: unknown): void {
  if (kind === undefined) return
  if (typeof kind === 'string' && kind !== '') {
    const lower = kind.toLowerCase()
    if (lower === kind || linkKindByName(lower) === undefined) return
    throw new ArgumentError(argument, kind, `the name of a kind of link; did you mean "${lower}"?`)
  }
  throw new ArgumentError(argument, kind, 'the name of a kind of link, such as "veth"')
}

/** The methods of links, besides listings. */
function linkMethods({ context, request }: ObjectScope) {
  const { connection } = context

  /** Turns references into numbers; the scope owns the descriptors. */
  const resolverOf = (scope: NetnsScope): LinkResolver => ({
    link: (link, argument) => context.link(link, argument),
    netns: (ref, argument) => scope.netns(ref, argument),
  })

  const getLink = (link: LinkRef, extMask: ExtensionMask, options?: JobOptions): Promise<Link> =>
    connection.query(
      () => request('get', identify(link, context, extMask), { subject: String(link) }),
      readLink,
      isNamed(link) ? options : { ...options, usesNames: true },
    )

  const getLinkWith = async (link: LinkRef, options: LinkGetOptions): Promise<Link> => {
    assertKnownKeys(options, ['stats', 'signal'], 'options')
    assertBoolean('options.stats', options.stats)
    return getLink(link, options.stats ? WITH_STATS : WITHOUT_STATS, { signal: options.signal })
  }

  /** Sends the request that adds a link. */
  const createLink = (spec: LinkSpec, options: JobOptions): Promise<void> => {
    const { netns, peer, link, master } = spec as LinkSpec & { readonly peer?: LinkSpec }
    const scope = new NetnsScope({ netns, 'peer.netns': peer?.netns })
    const build = (own: LinkSpec) =>
      request('new', linkMessageOf(own, resolverOf(scope)), {
        subject: own.name ?? own.kind,
        flags: messageFlag.create | messageFlag.exclusive,
        // Not from the message: its name and index are those of the new link, and `link` may be within `linkinfo`.
        links: () => ({ link, master: master ?? undefined }),
      })
    const job = {
      ...options,
      usesNames: typeof link === 'string' || typeof master === 'string',
      changesNames: true,
      release: scope.release,
    }
    return connection.request(build, job, spec)
  }

  /** @param within the place of a bulk */
  const addLink = async (
    spec: LinkSpec,
    { signal }: RequestOptions,
    within?: JobOptions['place'],
  ): Promise<void> => {
    assertKnownKeys(spec, LINK_KEYS, 'spec')
    const kind: unknown = spec.kind
    if (typeof kind !== 'string') {
      const known = linkKinds.map((one) => one.kind).join(', ')
      throw new ArgumentError('spec.kind', kind, `a kind of link, such as ${known}`)
    }
    const addition = additionOf(spec)
    if (addition.changes.length === 0) return createLink(spec, { signal, place: within })
    const { first, changes } = snapshot(addition)
    using place = connection.keepPlace(within)
    const { name } = first
    // Where the kernel chooses the name (`eth%d` too), only an index tells which link is the new one.
    const chosen = name === undefined || name.includes('%')
    const created = chosen ? { ...first, index: first.index ?? unusedIndex(connection) } : first
    await createLink(created, { signal, place })
    const own = created.index ?? name ?? ''
    const { index } = await getLink(own, WITHOUT_STATS, { place })
    const resolver = resolverOf(new NetnsScope({}))
    try {
      for (const change of changes) {
        const build = () =>
          request('new', changesMessageOf(index, change, resolver), { subject: created.name ?? created.kind })
        await connection.request(build, { signal, place })
      }
    } catch (error) {
      // All or nothing.
      await deleteLink(index, {}, place).catch(() => {})
      throw error
    }
  }

  const deleteLink = async (
    link: LinkRef,
    options: RequestOptions,
    place?: JobOptions['place'],
  ): Promise<void> => {
    const build = () => request('del', identify(link, context), { subject: String(link) })
    return connection.request(build, {
      signal: options.signal,
      usesNames: !isNamed(link),
      changesNames: true,
      blocking: true,
      place,
    })
  }

  const methods = {
    /**
     * Adds a link. Both ends of a pair are created in one request, even in different namespaces. What the kernel ignores
     * then (`ifalias`, `protoDown`, `carrier`, `afSpec`, `xdp`) is set by a request right after; if that is refused, the
     * link is deleted again. Without a name, such a link gets an index of seven digits.
     * @throws {@link ArgumentError} when an option is unknown or a reference cannot be one
     * @throws {@link EncodeError} when a value cannot be sent: a name of more than 15 bytes, a number out of range
     * @throws {@link LinkNotFoundError} when `link` or `master` does not exist
     * @throws {@link SystemError} when there is no such network namespace
     * @throws {@link NetlinkError} `EEXIST` when the name is taken, `EOPNOTSUPP` when the kernel lacks the kind,
     * `EPERM` without CAP_NET_ADMIN
     */
    async add(spec: LinkSpec, options: RequestOptions = {}): Promise<void> {
      assertRequestOptions(options)
      return addLink(spec, options)
    },

    /**
     * Changes a link: applies all given settings in one request.
     * @throws {@link ArgumentError} when an option is unknown or a reference cannot be one
     * @throws {@link EncodeError} when a value cannot be sent
     * @throws {@link LinkNotFoundError} when the link, or its new `master`, does not exist
     * @throws {@link SystemError} when there is no such network namespace
     * @throws {@link NetlinkError} `EINVAL` for what the link cannot do (moving `lo`), `EBUSY` when it is in use,
     * `EPERM` without CAP_NET_ADMIN
     */
    async set(link: LinkRef, changes: LinkChanges, options: RequestOptions = {}): Promise<void> {
      assertKnownKeys(changes, CHANGE_KEYS, 'changes')
      assertRequestOptions(options)
      const { netns, name, master, up } = changes
      const scope = new NetnsScope({ netns })
      const build = (own: LinkChanges) =>
        request('new', changesMessageOf(context.link(link, 'link'), own, resolverOf(scope)), {
          subject: String(link),
        })
      const job = {
        signal: options.signal,
        usesNames: true,
        changesNames: name !== undefined || netns !== undefined,
        // These wait for an RCU grace period, 20 to 30 ms.
        blocking: netns !== undefined || up === false || master !== undefined,
        release: scope.release,
      }
      return connection.request(build, job, changes)
    },

    /**
     * Deletes a link. Deleting one end of a pair deletes both.
     * @throws {@link LinkNotFoundError} when it does not exist
     * @throws {@link NetlinkError} `EOPNOTSUPP` for hardware, `EPERM` without CAP_NET_ADMIN
     */
    async delete(link: LinkRef, options: RequestOptions = {}): Promise<void> {
      assertRequestOptions(options)
      return deleteLink(link, options)
    },

    /**
     * One link.
     * @throws {@link LinkNotFoundError} when it does not exist
     */
    get(link: LinkRef, options?: LinkGetOptions): Promise<Link> {
      return options === undefined ? getLink(link, WITHOUT_STATS) : getLinkWith(link, options)
    },

    /**
     * Adds many links, up to 64 at a time; resolves to the number that were added.
     * @throws {@link BulkError} with each failure and its index, unless `onFailure` is given
     */
    addAll(
      specs: Iterable<LinkSpec> | AsyncIterable<LinkSpec>,
      options?: BulkOptions<LinkSpec>,
    ): Promise<number> {
      return connection.bulkByPromises(
        specs,
        (spec, { signal, place }) => addLink(spec, { signal }, place),
        options,
      )
    },

    /**
     * Deletes many links, up to 64 at a time; resolves to the number that were deleted.
     * @throws {@link BulkError} as `addAll` does
     */
    deleteAll(
      refs: Iterable<LinkRef> | AsyncIterable<LinkRef>,
      options?: BulkOptions<LinkRef>,
    ): Promise<number> {
      return connection.bulkByPromises(
        refs,
        (link, { signal, place }) => deleteLink(link, { signal }, place),
        options,
      )
    },
  }
  return methods
}

export type Links = VerbsOf<Link, never, never, LinkFilter, never, never> & ReturnType<typeof linkMethods>

/** Links. rtnetlink(7), ip-link(8); include/uapi/linux/if_link.h */
export const links: ObjectDefinition<'link', Link, Links, true> = defineObject(
  {
    name: 'link',
    messages: 'link',
    codec: linkMessage,
    // Bridges announce their ports in the same group, in messages of family `bridge`. These are skipped: RTM_DELLINK
    // then means that a port left its bridge, not that a link was deleted.
    read: (view, at, length) =>
      length > 0 && view.getUint8(at) === af.unspec ? readLink(view, at, length) : undefined,
    verbs: [],
    links: ({ ifname, index, master }) => ({
      link: (index || ifname) as LinkRef | undefined,
      master: (master || undefined) as number | undefined,
    }),
    filter: {
      keys: ['kind', 'master', 'stats'],
      select({ kind, stats, ...filter }: LinkFilter, resolver) {
        assertKind('filter.kind', kind)
        assertBoolean('filter.stats', stats)
        const master = filter.master === undefined ? undefined : resolver.link(filter.master, 'master')
        return {
          request: {
            family: 'unspec',
            master,
            linkinfo: kind === undefined ? undefined : { kind },
            extMask: stats ? WITH_STATS : WITHOUT_STATS,
          },
          matches: (link: Link) =>
            (master === undefined || link.master === master) && (kind === undefined || link.kind === kind),
        }
      },
    },
    watch: {
      groups: ['link'],
      headerSize: linkMessage.header.size,
      accepts: isLink,
      key: linkKey,
      partial: isPartOfLink,
      isAnother: isAnotherLink,
      volatile: volatileMembers,
      request: { extMask: ['skipStats'] },
      target: 'targetNetnsid',
      hintGroups: ['nsid'],
      hints: LINK_HINTS,
      // Changes of a link that is down are not announced (net/core/dev.c: netdev_state_change), nor are most settings.
      polled: true,
    },
  },
  linkMethods,
)
