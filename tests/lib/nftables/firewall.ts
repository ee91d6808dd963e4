import { formatRuleset, type Netns, Nftables, type RtNetlink } from '../../../lib/index.js'
import { sandbox } from '../../helpers/sandbox.js'

type Test = Parameters<typeof sandbox>[0]

/** A new namespace with its firewall, which is closed after the test. */
export async function firewall(t: Test): Promise<{ nft: Nftables; net: RtNetlink; netns: Netns }> {
  const { net, netns } = await sandbox(t)
  const nft = await Nftables.open({ netns })
  t.teardown(() => nft.close())
  return { nft, net, netns }
}

export const filter = { family: 'inet', table: 'filter' } as const

/** The ruleset in nft(8)'s syntax. */
export const listing = async (nft: Nftables) => formatRuleset(await nft.ruleset())
