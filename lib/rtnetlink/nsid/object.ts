import { nsidMessage } from '../../../protocol/index.js'
import { getNsid, readNsid, setNsid } from '../../netns/ids.js'
import type { NetnsRef } from '../../netns/reference.js'
import { assertRequestOptions, type RequestOptions } from '../context.js'
import { NetnsScope } from '../netns-scope.js'
import { type ApiOf, defineObject } from '../object/define.js'

/**
 * The ids by which the connection's network namespace knows others: `linkNetnsid` of a link whose other end is in
 * another namespace is one. `ip netns list-id`, `ip netns set`; ip-netns(8)
 */
export const nsids = defineObject(
  {
    name: 'nsid',
    messages: 'nsid',
    codec: nsidMessage,
    read: readNsid,
    verbs: [],
    filter: {
      keys: [],
      select: (_filter: object) => ({ request: { family: 'unspec' }, matches: () => true }),
    },
  },
  ({ context: { connection } }) => ({
    /**
     * The id of a namespace; undefined where it has none here.
     * @throws {@link ArgumentError} when `netns` cannot refer to a network namespace
     * @throws {@link SystemError} `ENOENT` when there is none
     */
    async get(netns: NetnsRef, options: RequestOptions = {}): Promise<number | undefined> {
      assertRequestOptions(options)
      const scope = new NetnsScope({ netns })
      return connection.query(() => getNsid(scope.netns(netns, 'netns')), readNsid, {
        signal: options.signal,
        release: scope.release,
      })
    },

    /**
     * Gives a namespace an id here; the kernel chooses one if `id` is left out.
     * @throws {@link NetlinkError} `EEXIST` when the namespace has an id already, or the id is taken
     * @throws {@link ArgumentError} when `netns` cannot refer to a network namespace, or `id` cannot be one
     * @throws {@link SystemError} `ENOENT` when there is no such namespace
     */
    async set(netns: NetnsRef, id?: number, options: RequestOptions = {}): Promise<void> {
      assertRequestOptions(options)
      const scope = new NetnsScope({ netns })
      await connection.request(() => setNsid(scope.netns(netns, 'netns'), id), {
        signal: options.signal,
        release: scope.release,
      })
    },
  }),
)

export type Nsids = ApiOf<typeof nsids>
