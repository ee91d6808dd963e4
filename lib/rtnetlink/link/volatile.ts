import type { Link } from './spec.js'

/** Members of any link that change without a notification, or that come with notifications only. */
const VOLATILE = [
  'stats64',
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

/** The members of this link that make no difference between two states of it: any link's, and those of its kind. */
export function volatileMembers(link: Link): readonly string[] {
  void link
  return [
    ...VOLATILE,
    'data.helloTimer',
    'data.tcnTimer',
    'data.topologyChangeTimer',
    'data.gcTimer',
    'data.fdbNLearned',
    'data.mcastQuerierState',
    'slave.data.messageAgeTimer',
    'slave.data.forwardDelayTimer',
    'slave.data.holdTimer',
  ]
}
