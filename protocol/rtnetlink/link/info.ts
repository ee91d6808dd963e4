import { attributes } from '../../codec/attributes.js'
import type { AnyCodec, Input, Value } from '../../codec/codec.js'
import { select, undiscriminated } from '../../codec/select.js'
import { text } from '../../codec/text.js'
import type { AnyLinkKind } from './kind.js'
import { linkKinds } from './kinds.js'

/** `{ vlan: …, bridge: … }`: the codec in `Part` of each kind that declares it. */
export type PartByKind<Kinds extends readonly AnyLinkKind[], Part extends 'data' | 'slave' | 'xstats'> = {
  [K in Kinds[number] as NonNullable<K[Part]> extends never ? never : K['kind']]: NonNullable<K[Part]>
}

function partByKind<Kinds extends readonly AnyLinkKind[], Part extends 'data' | 'slave' | 'xstats'>(
  kinds: Kinds,
  part: Part,
): PartByKind<Kinds, Part> {
  const entries = kinds.flatMap((one): [string, AnyCodec][] => {
    const codec = one[part]
    return codec ? [[one.kind, codec]] : []
  })
  return Object.fromEntries(entries) as PartByKind<Kinds, Part>
}

const kindName = text({ min: 1, max: 63, terminated: false })

/**
 * The codec of IFLA_LINKINFO for these kinds. `kind` discriminates `data`; `xstats` and `slaveData`
 * are plain unions, to be narrowed by the caller, since several discriminated unions would multiply.
 */
export function linkInfoOf<const Kinds extends readonly AnyLinkKind[]>(kinds: Kinds) {
  return attributes({
    /** IFLA_INFO_KIND */
    kind: [1, kindName],
    /** IFLA_INFO_DATA: by `kind` */
    data: [2, select('kind', partByKind(kinds, 'data'))],
    /** IFLA_INFO_XSTATS: by `kind` */
    xstats: [3, undiscriminated(select('kind', partByKind(kinds, 'xstats')))],
    /** IFLA_INFO_SLAVE_KIND: the kind of the link's master */
    slaveKind: [4, kindName],
    /** IFLA_INFO_SLAVE_DATA: the master's attributes for this link, by `slaveKind` */
    slaveData: [5, undiscriminated(select('slaveKind', partByKind(kinds, 'slave')))],
  })
}

type LinkInfoCodec = ReturnType<typeof linkInfoOf<typeof linkKinds>>

/** IFLA_INFO_*: the kind of a link, and that kind's attributes. include/uapi/linux/if_link.h */
export const linkInfo: LinkInfoCodec = linkInfoOf(linkKinds)

export type LinkInfo = Value<typeof linkInfo>
export type LinkInfoInput = Input<typeof linkInfo>
