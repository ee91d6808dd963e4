import { ip } from '../codec/address.js'
import { attributes } from '../codec/attributes.js'
import type { Input, Value } from '../codec/codec.js'
import { be32, be64, s32, u8, u16, u32 } from '../codec/integers.js'
import { message } from '../codec/message.js'
import { bitFlags, enumeration } from '../codec/names.js'
import { padding } from '../codec/plan.js'
import { pad, struct } from '../codec/struct.js'
import { routeProtocol } from './route.js'
import { family } from './shared/family.js'
import { matchedLinkName } from './shared/link-name.js'
import { tables } from './shared/tables.js'

/** FR_ACT_*: the action of a rule. include/uapi/linux/fib_rules.h */
export const ruleAction = enumeration(u8, {
  unspec: 0,
  toTbl: 1,
  goto: 2,
  nop: 3,
  res3: 4,
  res4: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
})

/** FIB_RULE_*. include/uapi/linux/fib_rules.h */
export const ruleFlags = bitFlags(u32, {
  permanent: 0x1,
  invert: 0x2,
  unresolved: 0x4,
  iifDetached: 0x8,
  oifDetached: 0x10,
  findSaddr: 0x10000,
})

const portRange = struct({ start: u16, end: u16 })

/**
 * RTM_NEWRULE, RTM_DELRULE, RTM_GETRULE: a rule, which selects the routing table for packets.
 * include/uapi/linux/fib_rules.h
 */
export const ruleMessage = message(
  struct(
    {
      family,
      /** The destination's prefix length in bits. */
      dstLen: u8,
      /** The source's prefix length in bits. */
      srcLen: u8,
      tos: u8,
      table: enumeration(u8, tables),
      reserved: pad(2),
      action: ruleAction,
      flags: ruleFlags,
    },
    { exact: true },
  ),
  attributes({
    /** FRA_DST */
    dst: [1, ip],
    /** FRA_SRC */
    src: [2, ip],
    /** FRA_IIFNAME: packets received on this link; `lo` for locally generated ones */
    iifname: [3, matchedLinkName],
    /** FRA_GOTO: continue at the rule with this priority */
    goto: [4, u32],
    /** FRA_PRIORITY: rules are evaluated in ascending order */
    priority: [6, u32],
    /** FRA_FWMARK */
    fwmark: [10, u32],
    /** FRA_FLOW: the realms */
    flow: [11, u32],
    /** FRA_TUN_ID */
    tunId: [12, be64],
    /** FRA_SUPPRESS_IFGROUP: ignores routes whose link is in this group */
    suppressIfgroup: [13, s32],
    /** FRA_SUPPRESS_PREFIXLEN: ignores routes with a prefix length of this or less */
    suppressPrefixlen: [14, s32],
    /** FRA_TABLE: the table; the header's field holds numbers up to 255 only */
    table: [15, enumeration(u32, tables)],
    /** FRA_FWMASK: the bits of the mark that are compared */
    fwmask: [16, u32],
    /** FRA_OIFNAME: packets of sockets bound to this link */
    oifname: [17, matchedLinkName],
    /** FRA_PAD */
    pad: [18, padding],
    /** FRA_L3MDEV: uses the table of the packet's VRF */
    l3mdev: [19, u8],
    /** FRA_UID_RANGE: user ids, inclusive */
    uidRange: [20, struct({ start: u32, end: u32 })],
    /** FRA_PROTOCOL: the origin of the rule */
    protocol: [21, routeProtocol],
    /** FRA_IP_PROTO: the transport protocol's number */
    ipProto: [22, u8],
    /** FRA_SPORT_RANGE: source ports, inclusive */
    sportRange: [23, portRange],
    /** FRA_DPORT_RANGE */
    dportRange: [24, portRange],
    /** FRA_DSCP */
    dscp: [25, u8],
    /** FRA_FLOWLABEL */
    flowlabel: [26, be32],
    /** FRA_FLOWLABEL_MASK */
    flowlabelMask: [27, be32],
    /** FRA_SPORT_MASK */
    sportMask: [28, u16],
    /** FRA_DPORT_MASK */
    dportMask: [29, u16],
    /** FRA_DSCP_MASK */
    dscpMask: [30, u8],
  }),
)

export type RuleMessage = Value<typeof ruleMessage>
export type RuleMessageInput = Input<typeof ruleMessage>
