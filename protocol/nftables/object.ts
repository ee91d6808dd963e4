import { ipv4, ipv6 } from '../codec/address.js'
import { multiple } from '../codec/arrays.js'
import { attributes } from '../codec/attributes.js'
import { bytes } from '../codec/bytes.js'
import { be16, be32, be64, u8, u32 } from '../codec/integers.js'
import { message } from '../codec/message.js'
import { bitFlags, enumeration } from '../codec/names.js'
import { padding } from '../codec/plan.js'
import { select, undiscriminated } from '../codec/select.js'
import { text } from '../codec/text.js'
import { connlimit } from './expressions/connlimit.js'
import { counterData } from './expressions/counter.js'
import { limit } from './expressions/limit.js'
import { quota } from './expressions/quota.js'
import { synproxy } from './expressions/synproxy.js'
import { nfproto } from './family.js'
import { nfgenmsg } from './header.js'
import { nftName } from './names.js'
import { nftObjectType } from './object-type.js'
import { commentUserdata } from './userdata.js'

/** An NFPROTO_* in 16 bits. */
const l3proto = enumeration(be16, nfproto)
/** An IPPROTO_*, by the names that select timeouts. */
const l4proto = enumeration(u8, {
  icmp: 1,
  tcp: 6,
  udp: 17,
  dccp: 33,
  gre: 47,
  'ipv6-icmp': 58,
  sctp: 132,
  udplite: 136,
})

/** NFTA_CT_HELPER_*: handles the connections of a protocol that opens others: `ftp`. */
const ctHelper = attributes({
  /** NFTA_CT_HELPER_NAME */
  name: [1, text({ min: 1, max: 15 })],
  /** NFTA_CT_HELPER_L3PROTO */
  l3proto: [2, l3proto],
  /** NFTA_CT_HELPER_L4PROTO */
  l4proto: [3, l4proto],
})

/** CTA_TIMEOUT_TCP_*, seconds. include/uapi/linux/netfilter/nfnetlink_cttimeout.h */
const tcpTimeouts = attributes({
  synSent: [1, be32],
  synRecv: [2, be32],
  established: [3, be32],
  finWait: [4, be32],
  closeWait: [5, be32],
  lastAck: [6, be32],
  timeWait: [7, be32],
  close: [8, be32],
  synSent2: [9, be32],
  retrans: [10, be32],
  unack: [11, be32],
})

/** CTA_TIMEOUT_UDP_*, seconds */
const udpTimeouts = attributes({ unreplied: [1, be32], replied: [2, be32] })

/** NFTA_CT_TIMEOUT_*: how long the states of connections last. */
const ctTimeout = attributes({
  /** NFTA_CT_TIMEOUT_L3PROTO */
  l3proto: [1, l3proto],
  /** NFTA_CT_TIMEOUT_L4PROTO */
  l4proto: [2, l4proto],
  /** NFTA_CT_TIMEOUT_DATA */
  data: [3, undiscriminated(select('l4proto', { tcp: tcpTimeouts, udp: udpTimeouts }))],
})

/** NFTA_CT_EXPECT_*: expects a connection to a port from the peers of a packet's connection. */
const ctExpectation = attributes({
  /** NFTA_CT_EXPECT_L3PROTO */
  l3proto: [1, l3proto],
  /** NFTA_CT_EXPECT_L4PROTO */
  l4proto: [2, l4proto],
  /** NFTA_CT_EXPECT_DPORT */
  dport: [3, be16],
  /** NFTA_CT_EXPECT_TIMEOUT, ms, in host byte order: net/netfilter/nft_ct.c, nla_get_u32 */
  timeout: [4, u32],
  /** NFTA_CT_EXPECT_SIZE: how many connections are expected at once */
  size: [5, u8],
})

/** NFTA_SECMARK_*: a security context, which rules give to packets. */
const secmark = attributes({
  /** NFTA_SECMARK_CTX */
  ctx: [1, text({ min: 1, max: 255 })],
})

/** NFTA_TUNNEL_KEY_*: the tunnel that packets are sent through by a link in external mode. */
const tunnel = attributes({
  /** NFTA_TUNNEL_KEY_ID */
  id: [1, be32],
  /** NFTA_TUNNEL_KEY_IP */
  ip: [2, attributes({ src: [1, ipv4], dst: [2, ipv4] })],
  /** NFTA_TUNNEL_KEY_IP6 */
  ip6: [3, attributes({ src: [1, ipv6], dst: [2, ipv6], flowlabel: [3, be32] })],
  /** NFTA_TUNNEL_KEY_FLAGS */
  flags: [4, bitFlags(be32, { zeroCsumTx: 1, dontFragment: 2, seqNumber: 4 })],
  /** NFTA_TUNNEL_KEY_TOS */
  tos: [5, u8],
  /** NFTA_TUNNEL_KEY_TTL */
  ttl: [6, u8],
  /** NFTA_TUNNEL_KEY_SPORT */
  sport: [7, be16],
  /** NFTA_TUNNEL_KEY_DPORT */
  dport: [8, be16],
  /** NFTA_TUNNEL_KEY_OPTS */
  opts: [
    9,
    attributes({
      /** NFTA_TUNNEL_KEY_OPTS_VXLAN */
      vxlan: [1, attributes({ gbp: [1, be32] })],
      /** NFTA_TUNNEL_KEY_OPTS_ERSPAN */
      erspan: [2, attributes({ version: [1, be32], v1Index: [2, be32], v2Hwid: [3, u8], v2Dir: [4, u8] })],
      /** NFTA_TUNNEL_KEY_OPTS_GENEVE */
      geneve: [3, multiple(attributes({ class: [1, be16], type: [2, u8], data: [3, bytes()] }))],
    }),
  ],
})

/** The data of each type of object, by the names of {@link nftObjectType}. */
export const nftObjectData = {
  counter: counterData,
  quota: quota.data,
  ctHelper,
  limit: limit.data,
  connlimit: connlimit.data,
  tunnel,
  ctTimeout,
  secmark,
  ctExpectation,
  synproxy: synproxy.data,
} as const

/**
 * NFT_MSG_NEWOBJ, NFT_MSG_GETOBJ, NFT_MSG_DELOBJ: a named object, which rules and elements refer to.
 * NFTA_OBJ_*: include/uapi/linux/netfilter/nf_tables.h
 */
export const nftObjectMessage = message(
  nfgenmsg,
  attributes({
    /** NFTA_OBJ_TABLE */
    table: [1, nftName],
    /** NFTA_OBJ_NAME */
    name: [2, nftName],
    /** NFTA_OBJ_TYPE */
    type: [3, nftObjectType],
    /** NFTA_OBJ_DATA: its form depends on `type` */
    data: [4, select('type', nftObjectData)],
    /** NFTA_OBJ_USE: the number of references to it */
    use: [5, be32],
    /** NFTA_OBJ_HANDLE */
    handle: [6, be64],
    /** NFTA_OBJ_PAD */
    pad: [7, padding],
    /** NFTA_OBJ_USERDATA: the comment, as nft(8) stores it */
    userdata: [8, commentUserdata],
  }),
)
