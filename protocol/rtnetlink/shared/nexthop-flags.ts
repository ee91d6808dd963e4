/** RTNH_F_*. include/uapi/linux/rtnetlink.h */
export const nexthopFlagNames = {
  dead: 0x1,
  pervasive: 0x2,
  onlink: 0x4,
  offload: 0x8,
  linkdown: 0x10,
  unresolved: 0x20,
  trap: 0x40,
} as const
