import fc from 'fast-check'
import type { Neighbour, NeighbourSpec } from '../../../lib/index.js'
import { type Kind, partly, word, words } from './kind.js'

export const neighbours: Kind<NeighbourSpec, Neighbour> = {
  spec: fc
    .tuple(
      fc.constantFrom('10.1.1.77', '10.1.1.78', '2001:db8::77', 'fe80::77'),
      fc.oneof(
        fc
          .tuple(
            partly<NeighbourSpec>({
              flags: fc.constantFrom([], ['router'], ['extLearned']),
              protocol: fc.constantFrom('static', 'zebra', 77),
            } as never),
            fc.constantFrom('permanent', 'noarp', 'reachable', 'stale', 'failed', 'incomplete'),
          )
          .map(([own, state]) => ({
            ...own,
            state,
            ...(state === 'failed' || state === 'incomplete' ? {} : { lladdr: '02:00:00:00:00:77' }),
          })),
        fc.record({ flags: fc.constant(['proxy'] as const) }),
      ),
    )
    .map(([dst, own]) => ({ ...own, dst, link: 10 }) as NeighbourSpec),
  command: ({ dst, state, lladdr, protocol, flags }) =>
    words(
      'neigh add',
      flags?.includes('proxy') && 'proxy',
      dst,
      'dev v0',
      word('lladdr', lladdr),
      word('nud', state),
      word('protocol', protocol),
      flags?.includes('router') && 'router',
      flags?.includes('extLearned') && 'extern_learn',
    ),
  list: async (net) => {
    const known = await net.neighbours.list({ link: 10 })
    const proxies = await net.neighbours.list({ link: 10, proxy: true })
    return [...known, ...proxies].filter(({ dst }) => !dst.startsWith('ff'))
  },
  add: (net, spec) => net.neighbours.add(spec),
  remove: (net, neighbour) => net.neighbours.delete(neighbour),
  shown: ['neigh show nud all dev v0', 'neigh show proxy'],
  clear: async ({ net }) => {
    for (const proxy of [false, true]) {
      await net.neighbours.deleteAll(await net.neighbours.list({ link: 10, proxy }), { onFailure() {} })
    }
  },
}
