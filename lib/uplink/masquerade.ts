import type { Netns } from '../netns/netns.js'
import { action } from '../nftables/action.js'
import { match } from '../nftables/match.js'
import type { Nftables } from '../nftables/nftables.js'
import { describeForwarding, restoreForwarding } from './forwarding.js'

const TABLE = { family: 'ip', table: 'rtnetlink-out' } as const
const CHAIN = 'postrouting'

/** What is behind a rule of ours: a namespace's link, or a bridge. */
export interface Masqueraded {
  readonly link: string
  readonly subnet: string
  /** The bridge was made for this. */
  readonly made?: boolean
}

const MADE = ', made for this'
const commentOf = ({ link, made }: Masqueraded) => (made ? `${link}${MADE}` : link)

/** A rule of ours. */
export interface Noted {
  readonly handle: bigint | undefined
  readonly link: string
  readonly made: boolean
}

/** All that is masqueraded by us. */
export async function masqueraded(nft: Nftables): Promise<Noted[]> {
  const rules = await nft.rules(TABLE)
  return rules.map(({ handle, comment = '' }) => ({
    handle,
    link: comment.replace(MADE, ''),
    made: comment.endsWith(MADE),
  }))
}

/**
 * Has what comes from a subnet leave with the router's address. The table remembers in its comment how forwarding was
 * before, a rule in its own what was made for it: whoever takes things down later, knows.
 */
export async function masquerade(nft: Nftables, router: Netns, what: Masqueraded): Promise<void> {
  if ((await masqueraded(nft)).some(({ link }) => link === what.link)) return
  await nft.transaction((change) => {
    change.addTable({ family: TABLE.family, name: TABLE.table, comment: describeForwarding(router) })
    change.addChain({ ...TABLE, name: CHAIN, type: 'nat', hook: 'postrouting', priority: 'srcnat' })
    change.addRule({
      ...TABLE,
      chain: CHAIN,
      expressions: [match.saddr(what.subnet), match.not(match.oifname(what.link)), action.masquerade()],
      comment: commentOf(what),
    })
  })
}

/** Takes rules away; with the last one the table, once forwarding is as it was. */
export async function stopMasquerading(nft: Nftables, router: Netns, rules: readonly Noted[]): Promise<void> {
  await nft.transaction((change) => {
    for (const { handle } of rules) change.deleteRules({ ...TABLE, chain: CHAIN, handle })
  })
  const table = (await nft.tables(TABLE)).find(({ name }) => name === TABLE.table)
  if (table === undefined || (await masqueraded(nft)).length > 0) return
  restoreForwarding(router, table.comment ?? '')
  await nft.deleteTable(TABLE)
}
