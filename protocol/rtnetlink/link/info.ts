import { attributes } from '../../codec/attributes.js'
import { bytes } from '../../codec/bytes.js'
import type { AnyCodec } from '../../codec/codec.js'
import { select } from '../../codec/select.js'
import { text } from '../../codec/text.js'
import { linkKinds } from './kinds/index.js'

type Declared = (typeof linkKinds)[number]
type DataOf = { [K in Declared as K['kind']]: K['data'] }
type SlaveOf = {
  [K in Declared as K extends { readonly slave?: infer S }
    ? [S] extends [AnyCodec | undefined]
      ? [NonNullable<S>] extends [never]
        ? never
        : K['kind']
      : never
    : never]: NonNullable<K['slave']>
}

const dataByKind = Object.fromEntries(linkKinds.map(({ kind, data }) => [kind, data])) as DataOf
const slaveByKind = Object.fromEntries(
  linkKinds.flatMap(({ kind, slave }) => (slave ? [[kind, slave]] : [])),
) as SlaveOf

const kindName = text({ min: 1, max: 63, terminated: false })

/** IFLA_INFO_*: what kind a link is and what that kind says of it. include/uapi/linux/if_link.h */
export const linkInfo = attributes({
  /** IFLA_INFO_KIND */
  kind: [1, kindName],
  /** IFLA_INFO_DATA: by `kind` */
  data: [2, select('kind', dataByKind)],
  /** IFLA_INFO_XSTATS */
  xstats: [3, bytes()],
  /** IFLA_INFO_SLAVE_KIND: the kind of the link's master */
  slaveKind: [4, kindName],
  /** IFLA_INFO_SLAVE_DATA: what the master keeps of this link, by `slaveKind` */
  slaveData: [5, select('slaveKind', slaveByKind)],
})
