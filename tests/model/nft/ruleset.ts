import fc from 'fast-check'
import { FIELDS } from './fields.js'
import { type Fragment, maybe, oneOf, type Part } from './fragment.js'
import { concatenable, concatenation, keyable, match, named } from './matches.js'
import { endings, type Place, statements } from './statements.js'

/** A table with rules of one chain. */
export interface Table {
  readonly family: Place['family']
  readonly chain: string
  readonly rules: readonly (readonly Fragment[])[]
}

const HOOKS = ['prerouting', 'input', 'forward', 'output', 'postrouting'] as const

/** The chains of each family: type and hook. */
const CHAINS: readonly Pick<Place, 'family' | 'type' | 'hook'>[] = [
  ...(['ip', 'ip6', 'inet'] as const).flatMap((family) => [
    ...HOOKS.map((hook) => ({ family, type: 'filter', hook }) as const),
    { family, type: 'nat', hook: 'prerouting' } as const,
    { family, type: 'nat', hook: 'postrouting' } as const,
    { family, type: 'nat', hook: 'output' } as const,
    { family, type: 'route', hook: 'output' } as const,
  ]),
  ...(['prerouting', 'forward', 'postrouting'] as const).map(
    (hook) => ({ family: 'bridge', type: 'filter', hook }) as const,
  ),
  { family: 'netdev', type: 'filter', hook: 'ingress' },
  { family: 'netdev', type: 'filter', hook: 'egress' },
  { family: 'inet', type: 'filter', hook: 'ingress' },
  { family: 'arp', type: 'filter', hook: 'input' },
]

const NETWORKS = {
  ip: ['ip'],
  ip6: ['ip6'],
  inet: ['ip', 'ip6', undefined],
  bridge: ['ip', 'ip6', 'arp', 'vlan', undefined],
  netdev: ['ip', 'ip6', 'arp', 'vlan', undefined],
  arp: ['arp'],
} as const

const TRANSPORTS = [
  'tcp',
  'tcp',
  'udp',
  'sctp',
  'udplite',
  'dccp',
  'ah',
  'esp',
  'comp',
  'th',
  undefined,
  undefined,
]
/** Those of one protocol of the network layer. */
const OF_NETWORK = { ip: ['icmp', 'igmp'], ip6: ['icmpv6'] } as const

const places: fc.Arbitrary<Place> = fc.constantFrom(...CHAINS).chain((chain) =>
  fc.constantFrom(...NETWORKS[chain.family]).chain((network) => {
    const own = network === 'ip' || network === 'ip6' ? OF_NETWORK[network] : []
    const some = network === 'arp' || network === 'vlan' ? [undefined] : [...TRANSPORTS, ...own]
    return fc.constantFrom(...some).map((transport): Place => {
      const fields = FIELDS.filter(
        (field) =>
          (field.network === undefined || field.network === network) &&
          (field.transport === undefined || field.transport === transport) &&
          (field.families === undefined || field.families.includes(chain.family)) &&
          (field.hooks === undefined || field.hooks.test(chain.hook)),
      )
      return { ...chain, network, transport, fields }
    })
  }),
)

/** What says which protocol a rule is about, which most fields imply. */
function dependency({ family, network, transport }: Place): Part {
  const texts = ['']
  if (network !== undefined && family === 'inet')
    texts.push(`meta nfproto ipv${network === 'ip' ? 4 : 6}`, `meta protocol ${network}`)
  if (network !== undefined && network !== 'vlan' && (family === 'bridge' || family === 'netdev'))
    texts.push(`ether type ${network}`, `meta protocol ${network}`)
  if (transport !== undefined && transport !== 'th') {
    texts.push(`meta l4proto ${transport}`)
    if (network === 'ip') texts.push(`ip protocol ${transport}`)
    if (network === 'ip6') texts.push(`ip6 nexthdr ${transport}`)
  }
  if (transport === 'th') texts.push('meta l4proto { tcp, udp }')
  return oneOf(...texts)
}

function rule(place: Place): fc.Arbitrary<Fragment[]> {
  const fields = place.fields
  // The fields of the protocols are fewer than the others.
  const own = fields.filter(({ network, transport }) => network !== undefined || transport !== undefined)
  const field = fc.oneof(fc.constantFrom(...fields), fc.constantFrom(...(own.length > 0 ? own : fields)))
  const keys = fields.filter(keyable)
  const matches = fc.oneof(
    { arbitrary: field.chain(match), weight: 6 },
    { arbitrary: concatenation(fields.filter(concatenable)), weight: 1 },
    { arbitrary: named(keys), weight: 2 },
  )
  const actions = fc.oneof(...statements(place))
  const comment = maybe(fc.constantFrom('comment "why"', 'comment "[ in brackets ]"')).map(
    (text): Fragment => ({ text: text.trim(), needs: [] }),
  )
  return fc
    .tuple(
      dependency(place),
      fc.array(matches, { maxLength: 3 }),
      fc.array(actions, { maxLength: 2 }),
      fc.option(fc.oneof(...endings(place)), { nil: { text: '', needs: [] } }),
      comment,
    )
    .map(([first, some, more, last, words]) =>
      [first, ...some, ...more, last, words].filter(({ text }) => text !== ''),
    )
    .map((parts) => (parts.length === 0 ? [{ text: 'counter', needs: [] }] : parts))
}

/** A chain as it is declared; its priority has a name, an offset, or neither. */
function chainText({ family, type, hook }: Place): fc.Arbitrary<string> {
  const device = family === 'netdev' || hook === 'ingress' ? ' device "lo"' : ''
  const priorities =
    type === 'nat'
      ? [hook === 'postrouting' ? 'srcnat' : hook === 'prerouting' ? 'dstnat' : '-100']
      : type === 'route'
        ? ['mangle', '-140']
        : ['filter', 'filter + 1', 'filter - 5', '17', '-199']
  return fc
    .tuple(fc.constantFrom(...priorities), fc.constantFrom('', ' policy accept;', ' policy drop;'))
    .map(([priority, policy]) => `type ${type} hook ${hook}${device} priority ${priority};${policy}`)
}

export const tables: fc.Arbitrary<Table> = places.chain((place) =>
  fc.record({
    family: fc.constant(place.family),
    chain: chainText(place),
    rules: fc.array(rule(place), { minLength: 1, maxLength: 2 }),
  }),
)

/** The table in nft(8)'s syntax. */
export function textOf({ family, chain, rules }: Table, name = 't'): string {
  let count = 0
  const needs: string[] = []
  const lines = rules.map((parts) =>
    parts
      .map((part) => {
        const id = String(count++)
        needs.push(...part.needs.map((need) => need.replaceAll('§', id)))
        return part.text.replaceAll('§', id)
      })
      .join(' '),
  )
  return [
    `table ${family} ${name} {`,
    ...needs.map((need) => `\t${need}`),
    '\tchain other {\n\t}',
    `\tchain c {\n\t\t${chain}`,
    ...lines.map((line) => `\t\t${line}`),
    '\t}\n}\n',
  ].join('\n')
}
