import { attributes } from '../../../codec/attributes.js'
import { peerMessage } from '../attributes.js'
import { linkKind } from '../kind.js'

/** A pair of links: what one sends, the other receives. include/uapi/linux/veth.h; veth(4) */
export const veth = linkKind('veth', {
  data: attributes({
    /**
     * VETH_INFO_PEER: the other end, as a link message. Sent when the pair is created; the kernel does not report it.
     */
    peer: [1, peerMessage],
  }),
  peer: 'peer',
})
