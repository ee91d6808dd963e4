import type { Netns } from '../netns/netns.js'
import { action } from '../nftables/action.js'
import { match } from '../nftables/match.js'
import type { Nftables } from '../nftables/nftables.js'
import { forwardingState, restoreForwarding } from './forwarding.js'

const TABLE = { family: 'ip', table: 'rtnetlink-uplink' } as const
const CHAIN = 'postrouting'

/** The purpose of a rule. */
export interface Masquerade {
  /** The router's link to a namespace, or the bridge that several share. */
  readonly link: string
  readonly subnet: string
  /** True when `link` is a bridge that an uplink created. */
  readonly ownsBridge: boolean
}

/** An installed rule; its comment holds what is read here. */
export interface MasqueradeRule extends Omit<Masquerade, 'subnet'> {
  readonly handle: bigint | undefined
}

const OWNED_SUFFIX = ', created for uplinks'
const commentOf = ({ link, ownsBridge }: Masquerade) => (ownsBridge ? `${link}${OWNED_SUFFIX}` : link)

export async function listMasquerades(nft: Nftables): Promise<MasqueradeRule[]> {
  const rules = await nft.rules(TABLE)
  return rules.map(({ handle, comment = '' }) => ({
    handle,
    link: comment.replace(OWNED_SUFFIX, ''),
    ownsBridge: comment.endsWith(OWNED_SUFFIX),
  }))
}

/**
 * Gives packets of a subnet the router's address when they leave. The comment of the table records how forwarding was
 * set before, the comment of a rule what was created for it, so that any process can undo both.
 */
export async function addMasquerade(nft: Nftables, router: Netns, masquerade: Masquerade): Promise<void> {
  if ((await listMasquerades(nft)).some(({ link }) => link === masquerade.link)) return
  await nft.transaction((change) => {
    change.addTable({ family: TABLE.family, name: TABLE.table, comment: forwardingState(router) })
    change.addChain({ ...TABLE, name: CHAIN, type: 'nat', hook: 'postrouting', priority: 'srcnat' })
    change.addRule({
      ...TABLE,
      chain: CHAIN,
      expressions: [
        match.saddr(masquerade.subnet),
        match.not(match.oifname(masquerade.link)),
        action.masquerade(),
      ],
      comment: commentOf(masquerade),
    })
  })
}

/** Removes rules. With the last one, restores forwarding and removes the table. */
export async function removeMasquerades(
  nft: Nftables,
  router: Netns,
  rules: readonly MasqueradeRule[],
): Promise<void> {
  await nft.transaction((change) => {
    for (const { handle } of rules) change.deleteRules({ ...TABLE, chain: CHAIN, handle })
  })
  const table = (await nft.tables(TABLE)).find(({ name }) => name === TABLE.table)
  if (table === undefined || (await listMasquerades(nft)).length > 0) return
  restoreForwarding(router, table.comment ?? '')
  await nft.deleteTable(TABLE)
}
