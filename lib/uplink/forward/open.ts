import { type NftExpressionInput, nftRegister } from '../../../protocol/index.js'
import type { NftTableListing } from '../../nftables/listing.js'
import { match } from '../../nftables/match.js'
import type { Nftables } from '../../nftables/nftables.js'
import type { NftRulePart } from '../../nftables/spec.js'
import type { Blocker } from './blockers.js'
import { matchEstablished } from './xtables.js'

/** The comment of each rule in a chain of others, by which it is found and removed. */
const TAG = 'rtnetlink-uplink '

const accept: NftExpressionInput = {
  name: 'immediate',
  data: { dreg: nftRegister.verdict, data: { verdict: { code: 'accept' } } },
}

/** The kernel lets only its owner change a table: the process that holds the socket by which it was made. */
export const isChangeable = ({ flags }: NftTableListing): boolean => !flags?.includes('owner')

/** Removes the rules that {@link openChains} added, except those for some links. Returns how many were removed. */
export async function closeChains(
  nft: Nftables,
  tables: readonly NftTableListing[],
  except: ReadonlySet<string>,
): Promise<number> {
  const stale = tables.filter(isChangeable).flatMap(({ family, name, chains }) =>
    chains.flatMap(({ rules }) =>
      rules.flatMap(({ chain, handle, comment }) => {
        if (!comment?.startsWith(TAG) || except.has(comment.slice(TAG.length))) return []
        return [{ family, table: name, chain, handle }]
      }),
    ),
  )
  if (stale.length > 0) {
    await nft.transaction((change) => {
      for (const rule of stale) change.deleteRules(rule)
    })
  }
  return stale.length
}

/** Inserts rules at the beginning of chains, by which the packets of a link, and the answers to them, pass. */
export async function openChains(nft: Nftables, blockers: readonly Blocker[], link: string): Promise<void> {
  const changeable = blockers.filter(({ table }) => isChangeable(table))
  if (changeable.length === 0) return
  await nft.transaction((change) => {
    for (const { table, opening, isIptables } of changeable) {
      // iptables-nft refuses to list a table that has nft's own `ct`.
      const established: NftRulePart = isIptables
        ? matchEstablished()
        : match.ctState('established', 'related')
      for (const expressions of [
        [match.oifname(link), established, accept],
        [match.iifname(link), accept],
      ]) {
        const { family, name } = table
        change.insertRule({ family, table: name, chain: opening, expressions, comment: `${TAG}${link}` })
      }
    }
  })
}
