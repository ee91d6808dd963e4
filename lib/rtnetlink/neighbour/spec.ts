import {
  type IpFamily,
  type NeighbourMessage,
  type NeighbourMessageInput,
  neighbourMessage,
  objectReader,
} from '../../../protocol/index.js'
import type { LinkRef } from '../../link-reference.js'
import { familyOf } from '../../prefix.js'
import type { Resolver } from '../context.js'

/** A neighbour: the link-layer address of a network-layer address on a link. It can be passed back to every verb. */
export interface Neighbour extends Omit<NeighbourMessage, 'family' | 'index' | 'dst'> {
  family: IpFamily
  /** The link's index. */
  link: number
  /** The network-layer address. */
  dst: string
}

const readEntry: (view: DataView, at: number, length: number) => Neighbour = objectReader({
  header: neighbourMessage.header,
  head: { family: 'family', link: 'index', dst: () => '', state: 'state', flags: 'flags', type: 'type' },
  members: neighbourMessage.attributes.table,
})

/** Reads a neighbour; undefined for entries of other tables, such as a bridge's forwarding database. */
export function readNeighbour(view: DataView, at: number, length: number): Neighbour | undefined {
  const neighbour = readEntry(view, at, length)
  return neighbour.family === 'inet' || neighbour.family === 'inet6' ? neighbour : undefined
}

/** What identifies a neighbour; with the flag `proxy`, an address that the link answers for. */
export interface NeighbourRef {
  /** The link, by name or index. */
  readonly link: LinkRef
  /** The network-layer address. */
  readonly dst: string
  readonly flags?: NeighbourMessageInput['flags']
}

/** A neighbour to be added, replaced or changed. */
export interface NeighbourSpec extends NeighbourRef {
  /** The link-layer address: `02:00:00:00:00:01`. */
  readonly lladdr?: NeighbourMessageInput['lladdr']
  /** `permanent` by default; `none` with the flag `managed`, which has the kernel resolve the address. */
  readonly state?: NeighbourMessageInput['state']
  /** NTF_EXT_*: `managed` has the kernel keep the entry resolved. */
  readonly flagsExt?: NeighbourMessageInput['flagsExt']
  /** The origin of the entry (RTPROT_*): a name or a number. */
  readonly protocol?: NeighbourMessageInput['protocol']
}

/** Read-only members of `Neighbour` are accepted and ignored, so that listed neighbours can be passed back. */
export const NEIGHBOUR_KEYS = [
  'link',
  'dst',
  'flags',
  'lladdr',
  'state',
  'flagsExt',
  'protocol',
  'family',
  'type',
  'cacheinfo',
  'probes',
  'unknown',
] as const satisfies readonly (keyof NeighbourSpec | keyof Neighbour)[]

/** The message that refers to a neighbour. @throws {@link ArgumentError} when `dst` is not an address */
export function referenceOf({ link, dst, flags }: NeighbourRef, resolver: Resolver): NeighbourMessageInput {
  return {
    family: familyOf(dst, 'dst'),
    index: resolver.link(link, 'link'),
    dst,
    // NTF_PROXY is the only flag that is part of an entry's identity.
    flags: flags?.includes('proxy') ? ['proxy'] : undefined,
  }
}

/** The message that adds or changes a neighbour. @throws {@link ArgumentError} when `dst` is not an address */
export function neighbourMessageOf(spec: NeighbourSpec, resolver: Resolver): NeighbourMessageInput {
  const { flags, flagsExt, lladdr, protocol } = spec
  return {
    ...referenceOf(spec, resolver),
    state: spec.state ?? (flagsExt?.includes('managed') ? 'none' : 'permanent'),
    flags,
    lladdr,
    protocol,
    flagsExt,
  }
}
