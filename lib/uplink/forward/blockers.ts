import { readFileSync } from 'node:fs'
import type { IpFamily } from '../../../protocol/index.js'
import type { Netns } from '../../netns/netns.js'
import { isIdentifier } from '../../nftables/format/keywords.js'
import { formatRule } from '../../nftables/format/rule.js'
import type { NftChain, NftRule, NftTableListing } from '../../nftables/listing.js'
import type { Nftables } from '../../nftables/nftables.js'
import { TABLE } from '../masquerade.js'
import type { ForwardWarning, LegacyWarning } from '../warnings.js'
import { evaluateChain, type Outcome } from './evaluate.js'
import { isChangeable } from './open.js'
import type { Packet } from './packet.js'
import type { Path } from './path.js'

/** NF_INET_FORWARD. include/uapi/linux/netfilter.h */
const FORWARD = 2
const FAMILIES = ['inet', 'ip', 'ip6'] as const
const SEES = { inet: ['inet', 'inet6'], ip: ['inet'], ip6: ['inet6'] } as const
/** The families, and the names of the tables and of the chain that iptables-nft makes. */
const IPTABLES_FAMILIES: readonly string[] = ['ip', 'ip6']
const IPTABLES_TABLES: readonly string[] = ['filter', 'mangle', 'security']
/** The priorities of the chain: iptables-nft makes it anew in a table where it has another. builtin tables of its nft.c */
const IPTABLES_PRIORITIES: Readonly<Record<string, number>> = { filter: 0, mangle: -150, security: 150 }
const IPTABLES_CHAIN = 'FORWARD'
/** The expressions that iptables-nft reads; it refuses tables with others. nft_is_expr_compatible of its nft.c */
const IPTABLES_EXPRESSIONS: readonly (string | undefined)[] = [
  'match',
  'target',
  'payload',
  'meta',
  'cmp',
  'bitwise',
  'counter',
  'immediate',
  'lookup',
  'range',
  'limit',
  'log',
]
/** Docker leaves this chain to the administrator, and calls it first. */
const DOCKER_USER = 'DOCKER-USER'

/** A base chain that drops packets of an uplink. */
export interface Blocker {
  readonly table: NftTableListing
  readonly chain: NftChain
  readonly outcome: Outcome
  readonly packet: Packet
  /** The chain at whose beginning a rule opens it. */
  readonly opening: string
  readonly isIptables: boolean
}

/** The tables that have chains of others at the hook `forward`. */
export async function forwardTables(nft: Nftables): Promise<NftTableListing[]> {
  const tables: NftTableListing[] = []
  for (const family of FAMILIES) {
    const names = (await nft.chains({ family })).flatMap((chain) => (isForward(chain) ? [chain.table] : []))
    for (const table of new Set(names)) {
      if (table !== TABLE) tables.push(...(await nft.ruleset({ family, table })).tables)
    }
  }
  return tables
}

const isForward = ({ hook, type }: NftChain) =>
  hook?.hooknum === FORWARD && (type === undefined || type === 'filter')

/** The chains that drop packets of an uplink, or the answers to them. */
export function findBlockers(tables: readonly NftTableListing[], path: Path): Blocker[] {
  const packets = packetsOf(path)
  const active = tables.filter(({ flags }) => !flags?.includes('dormant'))
  return active.flatMap((table) =>
    table.chains.filter(isForward).flatMap((chain) => {
      const dropped = packets
        .filter(({ family }) =>
          (SEES[table.family as keyof typeof SEES] as readonly string[]).includes(family),
        )
        .map((packet) => ({ packet, outcome: evaluateChain(table, chain, packet) }))
        .filter(({ outcome }) => outcome.verdict === 'drop')
      const blocker = dropped.find(({ outcome }) => outcome.isCertain) ?? dropped[0]
      if (blocker === undefined) return []
      const isIptables =
        chain.name === IPTABLES_CHAIN &&
        chain.hook?.priority === IPTABLES_PRIORITIES[table.name] &&
        isOfIptables(table)
      const opening = isIptables && jumpsFirstTo(chain.rules, DOCKER_USER) ? DOCKER_USER : chain.name
      return [{ ...blocker, table, chain, opening, isIptables }]
    }),
  )
}

function packetsOf({ link, flows }: Path): Packet[] {
  return flows.flatMap(({ family, inside, egress }): Packet[] => [
    { family, direction: 'original', isFirst: true, iif: link, oif: egress, inside },
    { family, direction: 'original', isFirst: false, iif: link, oif: egress, inside },
    { family, direction: 'reply', isFirst: false, iif: egress, oif: link, inside },
  ])
}

const isOfIptables = ({ family, name, chains, sets }: NftTableListing) =>
  IPTABLES_FAMILIES.includes(family) &&
  IPTABLES_TABLES.includes(name) &&
  sets.every(({ flags }) => flags?.includes('anonymous')) &&
  chains.every(({ rules }) =>
    rules.every(({ expressions }) => expressions.every((one) => IPTABLES_EXPRESSIONS.includes(one.name))),
  )

/** Whether all packets go to a chain before any other rule sees them. */
function jumpsFirstTo([first]: readonly NftRule[], chain: string): boolean {
  const [only, ...others] = first?.expressions.filter(({ name }) => name !== 'counter') ?? []
  return others.length === 0 && only?.name === 'immediate' && only.data?.data?.verdict?.chain === chain
}

export function warningOf(
  { table, chain, outcome, packet, opening, isIptables }: Blocker,
  link: string,
): ForwardWarning {
  const { family, name } = table
  const { rule } = outcome
  const drops = outcome.isCertain ? 'drops' : 'may drop'
  const what = packet.direction === 'original' ? `packets from ${link}` : `answers to ${link}`
  const reason =
    rule === undefined
      ? 'by its policy'
      : `by the rule “${formatRule(rule, table)}”${rule.chain === chain.name ? '' : ` of ${rule.chain}`}`
  const [opens, advice] = openingOf({ table, opening, isIptables }, link)
  return {
    kind: 'forward',
    family,
    table: name,
    chain: chain.name,
    ...(rule && { rule: { chain: rule.chain, handle: rule.handle } }),
    certain: outcome.isCertain,
    opens,
    message: `the chain ${family} ${name} ${chain.name} ${drops} ${what} ${reason}; ${advice}`,
  }
}

/** The commands that open a chain, if there are any, and what to do. */
function openingOf(
  { table, opening, isIptables }: Pick<Blocker, 'table' | 'opening' | 'isIptables'>,
  link: string,
): readonly [opens: string, advice: string] {
  if (!isChangeable(table)) return ['', 'only the process that owns the table can let them pass']
  if (!isIptables && ![table.name, opening].every(isIdentifier))
    return ['', 'nft(8) cannot read a name of these; `openForward` lets them pass']
  const opens = isIptables ? iptablesCommands(table, opening, link) : nftCommands(table, opening, link)
  return [opens, `to let them pass:\n${opens}`]
}

const nftCommands = ({ family, name }: NftTableListing, chain: string, link: string) =>
  [`iifname "${link}" accept`, `oifname "${link}" ct state established,related accept`]
    .map((rule) => `insert rule ${family} ${name} ${chain} ${rule}`)
    .join('\n')

function iptablesCommands({ family, name }: NftTableListing, chain: string, link: string): string {
  const program = family === 'ip6' ? 'ip6tables' : 'iptables'
  const table = name === 'filter' ? '' : ` -t ${name}`
  return [`-i ${link} -j ACCEPT`, `-o ${link} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`]
    .map((rule) => `${program}${table} -I ${chain} ${rule}`)
    .join('\n')
}

/** Which tables of iptables-legacy a namespace has. They exist once a program has listed or changed them. */
export function legacyWarning(netns: Netns, families: ReadonlySet<IpFamily>): LegacyWarning | undefined {
  const files = [
    { family: 'inet', file: 'ip_tables_names', program: 'iptables-legacy' },
    { family: 'inet6', file: 'ip6_tables_names', program: 'ip6tables-legacy' },
  ] as const
  const found = files.flatMap(({ family, file, program }) => {
    if (!families.has(family)) return []
    const names = netns.run(() => readNames(`/proc/thread-self/net/${file}`))
    return names.filter((name) => IPTABLES_TABLES.includes(name)).map((name) => ({ name, program }))
  })
  if (found.length === 0) return undefined
  const commands = found.map(({ name, program }) => `${program} -t ${name} -S ${IPTABLES_CHAIN}`).join('; ')
  return {
    kind: 'iptables-legacy',
    tables: [...new Set(found.map(({ name }) => name))],
    message: `iptables-legacy has rules that nf_tables does not list, and that may drop packets; see ${commands}`,
  }
}

function readNames(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean)
  } catch {
    // The kernel does not have it, or hides it from this user.
    return []
  }
}
