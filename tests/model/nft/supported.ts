import fc from 'fast-check'
import { Netns } from '../../../lib/index.js'
import { load } from '../../helpers/nft-oracle.js'
import { FIELDS, type Field } from './fields.js'
import { value } from './types.js'

/** Statements that not every kernel has: what their text matches, and a table with one. */
const OPTIONAL: readonly {
  readonly is: RegExp
  readonly chain: string
  readonly rule: string
  readonly object?: string
}[] = [
  { is: /\bqueue\b/, chain: 'inet input', rule: 'queue' },
  { is: /^table bridge [\s\S]*reject/, chain: 'bridge prerouting', rule: 'reject' },
  { is: /^table netdev [\s\S]*reject/, chain: 'netdev ingress', rule: 'reject' },
  { is: /^table bridge [\s\S]*\bct /, chain: 'bridge prerouting', rule: 'ct state new' },
  { is: /\bct event set\b/, chain: 'inet output', rule: 'ct event set new' },
  { is: /\bct label set\b/, chain: 'inet output', rule: 'ct label set 5' },
  { is: /\bct count\b/, chain: 'inet output', rule: 'ct count 1' },
  { is: /\bzone set\b/, chain: 'inet prerouting', rule: 'ct zone set 5' },
  { is: /\btproxy\b/, chain: 'inet prerouting', rule: 'tcp dport 1 tproxy to :80' },
  { is: /^table netdev [\s\S]*\bdup\b/, chain: 'netdev ingress', rule: 'dup to "lo"' },
  { is: /\bdup\b/, chain: 'ip prerouting', rule: 'dup to 10.0.0.9' },
  { is: /\bdup to fd/, chain: 'ip6 prerouting', rule: 'dup to fd00::9' },
  { is: /\bfwd\b/, chain: 'netdev ingress', rule: 'fwd to "lo"' },
  { is: /\bfwd ip\b/, chain: 'netdev ingress', rule: 'fwd ip to 10.0.0.1 device "lo"' },
  { is: /\bsynproxy\b/, chain: 'inet input', rule: 'tcp dport 1 synproxy' },
  { is: /\brt mtu\b/, chain: 'inet output', rule: 'tcp option maxseg size set rt mtu' },
  { is: /\breset tcp option\b/, chain: 'inet output', rule: 'reset tcp option sack-perm' },
  { is: /\bsymhash\b/, chain: 'inet output', rule: 'symhash mod 2 0' },
  { is: /\bjhash\b/, chain: 'ip output', rule: 'jhash ip saddr mod 2 0' },
  { is: /\bnumgen\b/, chain: 'ip output', rule: 'numgen inc mod 2 0' },
  { is: /hook egress/, chain: 'netdev egress', rule: 'accept' },
  { is: /table inet [\s\S]*hook ingress/, chain: 'inet ingress', rule: 'accept' },
  { is: /^table bridge/, chain: 'bridge prerouting', rule: 'accept' },
  { is: /^table arp/, chain: 'arp input', rule: 'accept' },
  {
    is: /\bflowtable\b/,
    chain: 'inet forward',
    rule: 'ip protocol tcp flow add @f',
    object: 'flowtable f { hook ingress priority filter; devices = { "lo" }; }',
  },
  {
    is: /\bct helper\b/,
    chain: 'inet output',
    rule: 'tcp dport 1 ct helper set "o"',
    object: 'ct helper o { type "ftp" protocol tcp; }',
  },
  {
    is: /\bct timeout\b/,
    chain: 'inet output',
    rule: 'tcp dport 1 ct timeout set "o"',
    object: 'ct timeout o { protocol tcp; l3proto ip; policy = { established : 120 }; }',
  },
  {
    is: /\bct expectation\b/,
    chain: 'inet output',
    rule: 'tcp dport 1 ct expectation set "o"',
    object: 'ct expectation o { protocol tcp; dport 1; timeout 2m; size 12; l3proto ip; }',
  },
]

function table(name: string, chain: string, rule: string, object = ''): string {
  const [family, hook] = chain.split(' ')
  const device = family === 'netdev' || hook === 'ingress' ? ' device "lo"' : ''
  return `table ${family} ${name} {\n\t${object}\n\tchain c { type filter hook ${hook}${device} priority 0; ${rule}; }\n}\n`
}

function chainOf({ families, network, hooks }: Field): string {
  const [only] = families ?? []
  const family = families?.includes('inet')
    ? 'inet'
    : (only ?? (network === 'arp' ? 'arp' : network === 'vlan' ? 'netdev' : 'inet'))
  const some =
    family === 'netdev' ? ['ingress'] : family === 'arp' ? ['input'] : ['prerouting', 'output', 'input']
  return `${family} ${some.find((hook) => hooks?.test(hook) ?? true) ?? some[0]}`
}

/** Tells which tables this kernel and this nft(8) can have: tries each field and each statement once. */
export function supportOf(): { readonly refused: readonly string[]; isSupported(text: string): boolean } {
  const tries = [
    ...FIELDS.map((field) => {
      const [sample = ''] = fc.sample(value(field.type), { numRuns: 1, seed: 1 })
      const is = new RegExp(`(^|[\\s(.])${field.text.replace(/[\]\\^$.|?*+()[{}]/g, '\\$&')}(?![\\w-])`)
      return { is, chain: chainOf(field), rule: `${field.text} ${sample}`, object: undefined }
    }),
    ...OPTIONAL,
  ]
  const texts = tries.map(({ chain, rule, object }, i) => table(`t${i}`, chain, rule, object))
  const refused = new Set<string>()
  using netns = Netns.create()
  load(netns, texts, (text) => refused.add(text))
  const unsupported = tries.filter((_, i) => refused.has(texts[i] as string))
  return {
    refused: unsupported.map(({ chain, rule }) => `${chain}: ${rule}`),
    isSupported: (text) => !unsupported.some(({ is }) => is.test(text)),
  }
}
