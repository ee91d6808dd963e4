import type { NftExpressionData } from '../../protocol/index.js'
import { datatypes, packetInteger } from './datatypes.js'
import type { HeaderField } from './headers.js'

/** Where extensions are: IPv6 extension headers, TCP and IPv4 options, SCTP chunks. */
export type ExtensionKind = Extract<NonNullable<NftExpressionData<'exthdr'>['op']>, string>

/** An IPv6 extension header, a TCP or IPv4 option, an SCTP chunk. */
export interface Extension {
  /** Its number on the wire. */
  readonly number: number
  readonly fields: Readonly<Record<string, HeaderField>>
}

export interface ExtensionGroup {
  /** nft(8)'s words before the extension's name. */
  readonly prefix: string
  /** nft(8)'s words before the name, where a rule asks whether the extension exists. */
  readonly existsPrefix: string
  /** The header that holds it, which a rule depends on. */
  readonly header: 'ip' | 'ip6' | 'tcp' | 'sctp' | 'dccp'
  readonly extensions: Readonly<Record<string, Extension>>
}

const integer = (offset: number, length: number) => ({ offset, type: packetInteger(length) })
const bits = (offset: number, from: number, count: number) => ({
  offset,
  bits: [from, count] as const,
  type: packetInteger(Math.ceil(count / 8), count),
})
const protocol = { offset: 0, type: datatypes.inet_proto }
const length = integer(1, 1)

/** Of a TCP option that nft(8) only has in general: `tcp option maxseg kind`. */
const option = { length }
const blocks = (first: number) => ({ left: integer(first, 4), right: integer(first + 4, 4) })
const routed = { type: integer(0, 1), length, ptr: integer(2, 1), addr: integer(3, 4) }

const chunk = { type: integer(0, 1), flags: integer(1, 1), length: integer(2, 2) }
const init = {
  ...chunk,
  'init-tag': integer(4, 4),
  'a-rwnd': integer(8, 4),
  'num-outbound-streams': integer(12, 2),
  'num-inbound-streams': integer(14, 2),
  'initial-tsn': integer(16, 4),
}

/** Addresses of a routing header, the first at byte 8. */
const SEGMENTS = 16
const segments = Object.fromEntries(
  Array.from({ length: SEGMENTS }, (_, i) => [
    `sid[${i + 1}]`,
    { offset: 8 + 16 * i, type: datatypes.ipv6_addr },
  ]),
)

/**
 * The extensions of headers and their fields, by nft(8)'s names. nft(8), EXTENSION HEADER EXPRESSIONS; the RFCs of the
 * protocols
 */
export const extensionGroups: Readonly<Partial<Record<ExtensionKind, ExtensionGroup>>> = {
  /** RFC 8200, RFC 8754, RFC 6275 */
  ipv6: {
    prefix: '',
    existsPrefix: 'exthdr ',
    header: 'ip6',
    extensions: {
      hbh: { number: 0, fields: { nexthdr: protocol, hdrlength: length } },
      rt: {
        number: 43,
        fields: { nexthdr: protocol, hdrlength: length, type: integer(2, 1), 'seg-left': integer(3, 1) },
      },
      /** A routing header of type 4, by the same number as `rt`. */
      srh: {
        number: 43,
        fields: { 'last-entry': integer(4, 1), flags: integer(5, 1), tag: integer(6, 2), ...segments },
      },
      frag: {
        number: 44,
        fields: {
          nexthdr: protocol,
          reserved: integer(1, 1),
          'frag-off': bits(2, 0, 13),
          reserved2: bits(3, 5, 2),
          'more-fragments': bits(3, 7, 1),
          id: integer(4, 4),
        },
      },
      dst: { number: 60, fields: { nexthdr: protocol, hdrlength: length } },
      mh: {
        number: 135,
        fields: {
          nexthdr: protocol,
          hdrlength: length,
          type: { offset: 2, type: datatypes.mh_type },
          reserved: integer(3, 1),
          checksum: integer(4, 2),
        },
      },
    },
  },
  /** RFC 9293, RFC 7323, RFC 2018, RFC 8684 */
  tcpopt: {
    prefix: 'tcp option ',
    existsPrefix: 'tcp option ',
    header: 'tcp',
    extensions: {
      eol: { number: 0, fields: {} },
      nop: { number: 1, fields: {} },
      maxseg: { number: 2, fields: { ...option, size: integer(2, 2) } },
      window: { number: 3, fields: { ...option, count: integer(2, 1) } },
      'sack-perm': { number: 4, fields: option },
      sack: { number: 5, fields: { ...option, ...blocks(2) } },
      sack1: { number: 5, fields: blocks(10) },
      sack2: { number: 5, fields: blocks(18) },
      sack3: { number: 5, fields: blocks(26) },
      timestamp: { number: 8, fields: { ...option, tsval: integer(2, 4), tsecr: integer(6, 4) } },
      md5sig: { number: 19, fields: option },
      mptcp: { number: 30, fields: { ...option, subtype: bits(2, 0, 4) } },
      fastopen: { number: 34, fields: option },
    },
  },
  /** RFC 791, RFC 2113 */
  ipv4: {
    prefix: 'ip option ',
    existsPrefix: 'ip option ',
    header: 'ip',
    extensions: {
      rr: { number: 7, fields: routed },
      lsrr: { number: 131, fields: routed },
      ssrr: { number: 137, fields: routed },
      ra: { number: 148, fields: { type: integer(0, 1), length, value: integer(2, 2) } },
    },
  },
  /** RFC 9260 */
  sctp: {
    prefix: 'sctp chunk ',
    existsPrefix: 'sctp chunk ',
    header: 'sctp',
    extensions: {
      data: {
        number: 0,
        fields: {
          ...chunk,
          tsn: integer(4, 4),
          stream: integer(8, 2),
          ssn: integer(10, 2),
          ppid: integer(12, 4),
        },
      },
      init: { number: 1, fields: init },
      'init-ack': { number: 2, fields: init },
      sack: {
        number: 3,
        fields: {
          ...chunk,
          'cum-tsn-ack': integer(4, 4),
          'a-rwnd': integer(8, 4),
          'num-gap-ack-blocks': integer(12, 2),
          'num-dup-tsns': integer(14, 2),
        },
      },
      heartbeat: { number: 4, fields: chunk },
      'heartbeat-ack': { number: 5, fields: chunk },
      abort: { number: 6, fields: chunk },
      shutdown: { number: 7, fields: { ...chunk, 'cum-tsn-ack': integer(4, 4) } },
      'shutdown-ack': { number: 8, fields: chunk },
      error: { number: 9, fields: chunk },
      'cookie-echo': { number: 10, fields: chunk },
      'cookie-ack': { number: 11, fields: chunk },
      'shutdown-complete': { number: 14, fields: chunk },
    },
  },
}
