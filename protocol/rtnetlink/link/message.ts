import { attributes } from '../../codec/attributes.js'
import type { Input, Value } from '../../codec/codec.js'
import { type MessageCodec, message } from '../../codec/message.js'
import { ifinfomsg, linkTable } from './attributes.js'
import { linkInfo } from './info.js'

type LinkTable = typeof linkTable & {
  /** IFLA_LINKINFO */
  readonly linkinfo: readonly [18, typeof linkInfo]
}
const table: LinkTable = { ...linkTable, linkinfo: [18, linkInfo] }

/** RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK: a link. rtnetlink(7), include/uapi/linux/if_link.h */
export const linkMessage: MessageCodec<typeof ifinfomsg.fields, LinkTable> = message(
  ifinfomsg,
  attributes(table),
)

export type LinkMessage = Value<typeof linkMessage>
export type LinkMessageInput = Input<typeof linkMessage>
