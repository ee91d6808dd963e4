import type { IpFamily } from '../../protocol/index.js'
import { action } from '../nftables/action.js'
import { match } from '../nftables/match.js'
import type { Nftables } from '../nftables/nftables.js'

const TABLES = { inet: 'ip', inet6: 'ip6' } as const
export const TABLE = 'rtnetlink-uplink'
const CHAIN = 'postrouting'

/** A rule that gives packets of a subnet the router's address when they leave by another link. */
export interface Masquerade {
  readonly family: IpFamily
  /** The router's link to a namespace, or the bridge that several share. */
  readonly link: string
  readonly subnet: string
}

/** An installed rule. */
export interface MasqueradeRule extends Masquerade {
  readonly handle: bigint | undefined
}

const commentOf = ({ link, subnet }: Masquerade) => `${link} ${subnet}`

/** The rules that are installed, read from their comments. */
async function listMasquerades(nft: Nftables): Promise<MasqueradeRule[]> {
  const found: MasqueradeRule[] = []
  for (const family of ['inet', 'inet6'] as const) {
    for (const { handle, comment = '' } of await nft.rules({ family: TABLES[family], table: TABLE })) {
      const [link = '', subnet = ''] = comment.split(' ')
      found.push({ family, handle, link, subnet })
    }
  }
  return found
}

/** Adds the rules that are missing, and removes those that are not wanted, and tables without rules. */
export async function replaceMasquerades(nft: Nftables, wanted: readonly Masquerade[]): Promise<void> {
  const installed = await listMasquerades(nft)
  const tables = (await nft.tables({ table: TABLE })).map(({ family }) => family)
  await nft.transaction((change) => {
    for (const family of ['inet', 'inet6'] as const) {
      const table = { family: TABLES[family], table: TABLE }
      const ofFamily = wanted.filter((rule) => rule.family === family)
      if (ofFamily.length === 0) {
        if (tables.includes(table.family)) change.deleteTable(table)
        continue
      }
      const present = installed.filter((rule) => rule.family === family)
      change.addTable({ family: table.family, name: TABLE })
      change.addChain({ ...table, name: CHAIN, type: 'nat', hook: 'postrouting', priority: 'srcnat' })
      for (const { handle, ...rule } of present)
        if (!ofFamily.some((one) => isSame(one, rule))) change.deleteRules({ ...table, chain: CHAIN, handle })
      for (const rule of ofFamily) {
        if (present.some((one) => isSame(one, rule))) continue
        const expressions = [
          match.saddr(rule.subnet),
          match.not(match.oifname(rule.link)),
          action.masquerade(),
        ]
        change.addRule({ ...table, chain: CHAIN, expressions, comment: commentOf(rule) })
      }
    }
  })
}

const isSame = (a: Masquerade, b: Masquerade) => commentOf(a) === commentOf(b)
