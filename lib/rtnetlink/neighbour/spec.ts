import {
  af,
  type IpFamily,
  type NeighbourMessage,
  type NeighbourMessageInput,
  neighbourFlags,
  neighbourFlagsExt,
  neighbourMessage,
  neighbourState,
  objectReader,
} from '../../../protocol/index.js'
import { ArgumentError } from '../../errors.js'
import type { LinkRef } from '../../link-reference.js'
import { familyOf } from '../../prefix.js'
import type { Resolver } from '../context.js'
import { assertFamily, bitsOf, canonical, withoutStates } from '../named.js'

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
  const family = length > 0 ? view.getUint8(at) : af.unspec
  return family === af.inet || family === af.inet6 ? readEntry(view, at, length) : undefined
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
  /** Attributes that this version does not know. */
  readonly unknown?: NeighbourMessageInput['unknown']
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

const PROXY = neighbourFlags.toBits(['proxy'])

/** Flags that report a state: the kernel sets them. */
const STATES = neighbourFlags.toBits(['offloaded'])

/** Flags of entries of a bridge's forwarding database: the kernel drops them in silence. net/core/neighbour.c: neigh_add */
const FDB_FLAGS = neighbourFlags.toBits(['self', 'master', 'sticky'])
const MANAGED = neighbourFlagsExt.toBits(['managed'])
const FDB_FLAGS_EXT = neighbourFlagsExt.toBits(['locked'])

function isProxy(flags: NeighbourRef['flags']): boolean {
  return flags !== undefined && (bitsOf(neighbourFlags, flags, 'flags') & PROXY) !== 0
}

/** The message that refers to a neighbour. @throws {@link ArgumentError} when `dst` is not an address */
export function referenceOf(ref: NeighbourRef, resolver: Resolver): NeighbourMessageInput {
  const { link, dst, flags } = ref
  const family = familyOf(dst, 'dst')
  assertFamily((ref as { readonly family?: unknown }).family, family, dst)
  return {
    family,
    index: resolver.link(link, 'link'),
    dst,
    // NTF_PROXY is the only flag that is part of an entry's identity.
    flags: isProxy(flags) ? ['proxy'] : undefined,
  }
}

/**
 * The message that adds or changes a neighbour.
 * @throws {@link ArgumentError} when `dst` is not an address, or such an entry cannot have a member
 */
export function neighbourMessageOf(spec: NeighbourSpec, resolver: Resolver): NeighbourMessageInput {
  const { flags, flagsExt, lladdr, protocol } = spec
  const state = canonical(neighbourState, spec.state, 'state')
  const bitsExt = flagsExt === undefined ? 0 : bitsOf(neighbourFlagsExt, flagsExt, 'flagsExt')
  if (flags !== undefined && bitsOf(neighbourFlags, flags, 'flags') & FDB_FLAGS) {
    throw new ArgumentError('flags', flags, 'without self, master and sticky, which are of bridges')
  }
  if (bitsExt & FDB_FLAGS_EXT) {
    throw new ArgumentError('flagsExt', flagsExt, 'without locked, which is of bridges')
  }
  if (isProxy(flags)) {
    // The kernel keeps nothing but the address. net/core/neighbour.c: neigh_add
    const why = 'left out: a link answers for a proxied address with its own'
    if (lladdr !== undefined) throw new ArgumentError('lladdr', lladdr, why)
    if (state !== undefined && state !== 'none' && state !== 'permanent') {
      throw new ArgumentError('state', spec.state, 'left out: proxied addresses have no state')
    }
  }
  return {
    ...referenceOf(spec, resolver),
    state: state ?? (bitsExt & MANAGED ? 'none' : 'permanent'),
    flags: withoutStates(neighbourFlags, flags, STATES, 'flags'),
    lladdr,
    protocol,
    flagsExt,
    unknown: spec.unknown,
  }
}
