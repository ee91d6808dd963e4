import { attributes } from '../../../codec/attributes.js'
import { peerMessage } from '../attributes.js'
import { linkKind } from '../kind.js'

/** Two links that are each other's wire. include/uapi/linux/veth.h; veth(4) */
export const veth = linkKind('veth', {
  data: attributes({
    /** VETH_INFO_PEER: the other end, a link message of its own. Sent to make the pair, never read back. */
    peer: [1, peerMessage],
  }),
  peer: 'peer',
})
