import {
  type IpFamily,
  type NeighbourMessageInput,
  neighbourMessage,
  neighbourState,
} from '../../../protocol/index.js'
import type { LinkRef } from '../../link-reference.js'
import { assertBoolean, assertKnownKeys } from '../../options.js'
import { assertRequestOptions, type RequestOptions } from '../context.js'
import { canonical, familyGiven } from '../named.js'
import { type ApiOf, defineObject, type ObjectScope } from '../object/define.js'
import { isNeighbour, neighbourIdentity } from './key.js'
import {
  NEIGHBOUR_KEYS,
  type Neighbour,
  type NeighbourRef,
  type NeighbourSpec,
  neighbourMessageOf,
  readNeighbour,
  referenceOf,
} from './spec.js'

/** Which neighbours to list; a key that is left out matches all. */
export interface NeighbourFilter {
  readonly link?: LinkRef | undefined
  readonly family?: IpFamily | undefined
  /** Only neighbours of links whose master is this one. */
  readonly master?: LinkRef | undefined
  readonly state?: NeighbourMessageInput['state']
  /** Lists the addresses that links answer for, which are a table of their own. */
  readonly proxy?: boolean | undefined
}

const neighbourKey = ({ link, dst, flags }: Neighbour) =>
  `${link} ${dst}${flags.includes('proxy') ? ' proxy' : ''}`

function neighbourMethods({ context, request }: ObjectScope) {
  return {
    /**
     * One neighbour; with the flag `proxy`, one of the addresses that the link answers for.
     * @throws {@link ArgumentError} when `dst` is not an address
     * @throws {@link LinkNotFoundError} when the link does not exist
     * @throws {@link NetlinkError} `ENOENT` when there is no such neighbour
     */
    async get(ref: NeighbourRef, options: RequestOptions = {}): Promise<Neighbour> {
      assertRequestOptions(options)
      const build = (given: NeighbourRef) => {
        assertKnownKeys(given, NEIGHBOUR_KEYS, 'ref')
        return request('get', referenceOf(given, context), { subject: given.dst })
      }
      const read = readNeighbour as (...message: Parameters<typeof readNeighbour>) => Neighbour
      return context.connection.query(build, read, { usesNames: true, signal: options.signal }, ref)
    },
  }
}

/**
 * Neighbours (ARP and neighbour discovery), and the addresses that links answer for (`flags: ['proxy']`). `flush`
 * spares entries in the states `permanent` and `noarp` unless the filter names that state, as `ip neighbour flush`
 * does. rtnetlink(7), ip-neighbour(8)
 */
export const neighbours = defineObject(
  {
    name: 'neighbour',
    messages: 'neigh',
    codec: neighbourMessage,
    read: readNeighbour,
    verbs: ['add', 'replace', 'change', 'delete'],
    message(spec: NeighbourSpec, _verb, resolver) {
      assertKnownKeys(spec, NEIGHBOUR_KEYS, 'spec')
      return neighbourMessageOf(spec, resolver)
    },
    deletion(ref: NeighbourRef, resolver) {
      assertKnownKeys(ref, NEIGHBOUR_KEYS, 'ref')
      return referenceOf(ref, resolver)
    },
    subject: (ref: NeighbourRef) => ref.dst,
    links: ({ index }) => ({ link: index as number }),
    filter: {
      keys: ['link', 'family', 'master', 'state', 'proxy'],
      select(filter: NeighbourFilter, resolver) {
        const family = familyGiven(filter.family, 'filter.family')
        const state = canonical(neighbourState, filter.state, 'filter.state')
        const { proxy } = filter
        assertBoolean('filter.proxy', proxy)
        const link = filter.link === undefined ? undefined : resolver.link(filter.link, 'link')
        const master = filter.master === undefined ? undefined : resolver.link(filter.master, 'master')
        return {
          request: {
            family: family ?? 'unspec',
            ifindex: link,
            master,
            flags: proxy ? ['proxy'] : undefined,
          },
          matches: (neighbour: Neighbour) =>
            (link === undefined || neighbour.link === link) &&
            (family === undefined || neighbour.family === family) &&
            (state === undefined || neighbour.state === state),
        }
      },
    },
    flush: {
      key: neighbourKey,
      goneCodes: ['ENOENT'],
      spares: ({ state }: Neighbour, filter: NeighbourFilter) =>
        (state === 'permanent' || state === 'noarp') &&
        canonical(neighbourState, filter.state, 'filter.state') !== state &&
        !filter.proxy,
    },
    watch: {
      groups: ['neigh'],
      headerSize: neighbourMessage.header.size,
      accepts: isNeighbour,
      key: neighbourIdentity,
      // Times and probes change without a notification.
      volatile: ['cacheinfo', 'probes'],
      // Entries without an address yet, or that wait for their use to be confirmed, are not announced
      // (net/core/neighbour.c: __neigh_event_send).
      polled: true,
    },
  },
  neighbourMethods,
)

export type Neighbours = ApiOf<typeof neighbours>
