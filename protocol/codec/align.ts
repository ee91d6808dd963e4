/** Rounds up to a multiple of four, where each netlink message and attribute begins (NLMSG_ALIGN, NLA_ALIGN). */
export const align = (length: number): number => (length + 3) & ~3
