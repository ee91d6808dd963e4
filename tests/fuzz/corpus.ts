import { readFileSync } from 'node:fs'
import type { Request } from '../../lib/connection/index.js'
import { action, match, type NftRulePart } from '../../lib/index.js'
import { Writer } from '../../protocol/index.js'
import type { Golden } from '../helpers/requests.js'
import { pureChanges as changes } from '../lib/nftables/pure-changes.js'

/** Real messages: requests of ip(8), and the kernel's answers (tests/data/captures.json, `npm run capture`). */
export function corpus(): Uint8Array[] {
  const sent = JSON.parse(readFileSync('tests/data/sent-by-ip.json', 'utf8')) as Golden[]
  const received = JSON.parse(readFileSync('tests/data/captures.json', 'utf8')) as string[]
  const routing = [...sent.map(({ payload }) => payload), ...received].map((hex) =>
    Uint8Array.from(Buffer.from(hex, 'hex')),
  )
  return [...routing, ...firewall().map(payloadOf)]
}

/** The requests that create a firewall. */
function firewall(): Request[] {
  const table = { family: 'inet', table: 'filter' } as const
  const rule = (...expressions: readonly NftRulePart[]) =>
    changes.addRule({ ...table, chain: 'in', expressions, comment: 'of a test' })
  return [
    ...changes.addTable({ family: 'inet', name: 'filter', comment: 'of a test' }),
    ...changes.addChain({ ...table, name: 'in', hook: 'input', policy: 'drop' }),
    ...changes.addChain({ family: 'netdev', table: 'dev', name: 'in', hook: 'ingress', devices: ['a', 'b'] }),
    ...changes.addSet({ ...table, name: 's', type: 'ipv4_addr', interval: true, elements: ['10.0.0.0/8'] }),
    ...changes.addSet({
      ...table,
      name: 'm',
      type: ['ipv4_addr', 'inet_service'],
      map: 'verdict',
      elements: [{ key: ['10.0.0.1', 80], data: { jump: 'in' }, timeout: 1000 }],
    }),
    ...rule(match.saddr('10.0.0.0/9'), match.dport('tcp', 80, 443), action.counter(), action.accept()),
    ...rule(match.ctState('established'), action.log({ prefix: 'x', level: 'info' }), action.drop()),
    ...rule(match.dport('tcp', '1000-2000'), action.dnat('10.0.0.2:80')),
    ...rule(action.limit({ rate: 1, per: 'second' }), action.masquerade({ ports: '1-2' }), action.reject()),
  ]
}

function payloadOf({ codec, value }: Request): Uint8Array {
  const out = new Writer()
  codec.encode(out, value as never, {})
  return out.written().slice()
}
