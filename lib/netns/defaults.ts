/** NETLINK_ROUTE. include/uapi/linux/netlink.h */
export const NETLINK_ROUTE = 0
/** How long to wait for an answer of the kernel by default, ms. */
export const TIMEOUT_MS = 10_000
