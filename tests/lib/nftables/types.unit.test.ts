import test from 'ava'
import {
  action,
  type DatatypeName,
  match,
  type NftChainSpec,
  type NftRulePart,
  type NftSetSpec,
  type NftTableSpec,
  type NftVerdict,
} from '../../../lib/index.js'
import type { NftExpressionInput } from '../../../protocol/index.js'

test('a wrong name does not compile', (t) => {
  const table: NftTableSpec = { family: 'inet', name: 't', flags: ['owner', 'persist'] }
  const chain: NftChainSpec = { family: 'inet', table: 't', name: 'c', hook: 'input', priority: 'raw' }
  const set: NftSetSpec = { family: 'inet', table: 't', name: 's', type: ['ipv4_addr', 'inet_service'] }
  const verdict: NftVerdict = { jump: 'other' }
  const quota: NftExpressionInput = { name: 'quota', data: { bytes: 1024n, flags: ['invert'] } }
  // @ts-expect-error there is no such flag of a table
  const noFlag: NftTableSpec = { family: 'inet', name: 't', flags: ['sleepy'] }
  // @ts-expect-error there is no such hook
  const noHook: NftChainSpec = { family: 'inet', table: 't', name: 'c', hook: 'inputs' }
  // @ts-expect-error there is no such data type
  const noType: DatatypeName = 'ip_addr'
  // @ts-expect-error there is no such verdict
  const noVerdict: NftVerdict = 'allow'
  // @ts-expect-error there is no such expression
  const noExpression: NftExpressionInput = { name: 'quotas' }
  t.truthy([table, chain, set, verdict, quota, noFlag, noHook, noType, noVerdict, noExpression])
})

test('a wrong argument of match and action does not compile', (t) => {
  // @ts-expect-error ICMP has no ports
  t.truthy(() => match.dport('icmp', 80))
  // @ts-expect-error there is no such level
  t.truthy(action.log({ level: 'loud' }))
  // @ts-expect-error a limit needs a period
  t.truthy(action.limit({ rate: 1 }))
  // @ts-expect-error there is no such reason
  t.truthy(action.reject('rudely'))
  // @ts-expect-error an action is called
  const uncalled: NftRulePart = action.counter
  // @ts-expect-error it takes nothing
  t.truthy(action.accept('now'))
  // @ts-expect-error there is no such field
  t.truthy(match.concat(['ip sadr'], ['10.0.0.1']))
  t.truthy([uncalled, match.ip.saddr('@s'), match.icmpv6.type('nd-redirect')])
})
