import { ignored, type LinkInfo, linkKindByName, linkMessage, objectReader } from '../../../protocol/index.js'
import type { Link } from './types.js'

const { ifname, linkinfo, stats, afSpec, ...plain } = linkMessage.attributes.table

/** Reads a link message. */
export const readLink: (view: DataView, at: number, length: number) => Link = objectReader({
  header: linkMessage.header,
  head: {
    name: () => '',
    up: ({ flags }) => flags.includes('up'),
    type: 'type',
    index: 'index',
    flags: 'flags',
  },
  members: {
    ...plain,
    name: ifname,
    linkinfo: [linkinfo[0], { ...linkinfo[1], assign: assignInfo }],
    // `stats64` has the same counters in 64 bits.
    stats: [stats[0], ignored],
    afSpec: [afSpec[0], afSpec[1].choices.unspec],
  },
})

function assignInfo(link: Record<string, unknown>, info: LinkInfo): void {
  const { kind, data, xstats, slaveKind, slaveData } = info
  if (kind !== undefined) link['kind'] = kind
  if (data !== undefined) {
    link['data'] = data
    const lower = lowerLinkOf(kind, data as Readonly<Record<string, unknown>>)
    if (lower !== undefined) link['link'] ??= lower
  }
  // Raw bytes are statistics of a kind that declares none.
  if (xstats !== undefined && !((xstats as unknown) instanceof Uint8Array)) link['xstats'] = xstats
  if (slaveKind === undefined) return
  link['slave'] = slaveData === undefined ? { kind: slaveKind } : { kind: slaveKind, data: slaveData }
}

/** The index of the link underneath, for kinds that have it in their data. */
function lowerLinkOf(kind: string | undefined, data: Readonly<Record<string, unknown>>): unknown {
  const member = kind === undefined ? undefined : linkKindByName(kind)?.lowerLink
  return typeof member === 'string' ? data[member] || undefined : undefined
}
