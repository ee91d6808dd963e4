import { attributes } from '../../codec/attributes.js'
import { message } from '../../codec/message.js'
import { ifinfomsg, linkTable } from './attributes.js'
import { linkInfo } from './info.js'

/** RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK: a link. rtnetlink(7), include/uapi/linux/if_link.h */
export const linkMessage = message(
  ifinfomsg,
  attributes({
    ...linkTable,
    /** IFLA_LINKINFO */
    linkinfo: [18, linkInfo],
  }),
)
