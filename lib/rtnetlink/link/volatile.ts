import { linkKindByName } from '../../../protocol/index.js'
import type { Link } from './types.js'

/** Members of any link that change without a notification, or that come with notifications only. */
const VOLATILE = [
  'stats64',
  'xstats',
  'event',
  'newNetnsid',
  'newIfindex',
  'targetNetnsid',
  'numVf',
  'vfinfoList',
  'afSpec.inet6.stats',
  'afSpec.inet6.icmp6stats',
  'afSpec.inet6.cacheinfo',
]

/** The members to ignore when two states of a link are compared: those of any link, of its kind and of its master's. */
export function volatileMembers({ kind, slave }: Link): readonly string[] {
  const own = kind === undefined ? undefined : linkKindByName(kind)?.volatile?.data
  const port = slave === undefined ? undefined : linkKindByName(slave.kind)?.volatile?.slave
  return [
    ...VOLATILE,
    ...(own ?? []).map((name) => `data.${name}`),
    ...(port ?? []).map((name) => `slave.data.${name}`),
  ]
}
