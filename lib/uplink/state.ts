import { ipVersion } from '../../protocol/index.js'

/**
 * What an uplink's link records as its alias (IFLA_IFALIAS): everything that is needed to repair what other programs
 * remove, such as `nft flush ruleset`. The alias exists as long as the link, whatever happens to processes.
 *
 * ```
 * rtnetlink uplink 10.213.4.2/30 fd12:3456:789a:1::2/64 id=5f0c9a1be2d34477
 * rtnetlink uplink 10.9.0.2/24 open id=0b61d2f0a9c8e715 bridge=lan
 * rtnetlink uplink 10.9.0.1/24 owned
 * ```
 */
export interface UplinkState {
  /** Of a router link, the addresses inside; of a bridge, the router's. With their prefix lengths. */
  readonly addresses: readonly string[]
  /** The bridge that a router link belongs to. */
  readonly bridge?: string | undefined
  /**
   * Of a router link, a random number that no other uplink has. The link's name is no such identity: the kernel gives the
   * inode of a namespace that is gone to another one.
   */
  readonly id?: string | undefined
  /** Whether a bridge was created by an uplink. */
  readonly owned?: boolean | undefined
  /** Whether the forward chains of others are opened for it. */
  readonly open?: boolean | undefined
}

const PREFIX = 'rtnetlink uplink'
const BRIDGE = 'bridge='
const ID = 'id='

export const newUplinkId = (): string =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString('hex')

export function writeState({ addresses, bridge, id, owned, open }: UplinkState): string {
  const words = [PREFIX, ...addresses]
  if (owned) words.push('owned')
  if (open) words.push('open')
  if (id !== undefined) words.push(`${ID}${id}`)
  if (bridge !== undefined) words.push(`${BRIDGE}${bridge}`)
  return words.join(' ')
}

/** Undefined for an alias that was not written here. */
export function readState(alias: string | undefined): UplinkState | undefined {
  if (alias !== PREFIX && !alias?.startsWith(`${PREFIX} `)) return undefined
  const words = alias.slice(PREFIX.length + 1).split(' ')
  const bridge = words.find((word) => word.startsWith(BRIDGE))?.slice(BRIDGE.length)
  const id = words.find((word) => word.startsWith(ID))?.slice(ID.length)
  return {
    addresses: words.filter(
      (word) => word.includes('/') && ipVersion(word.split('/')[0] ?? '') !== undefined,
    ),
    ...(bridge === undefined ? {} : { bridge }),
    ...(id === undefined ? {} : { id }),
    owned: words.includes('owned'),
    open: words.includes('open'),
  }
}
