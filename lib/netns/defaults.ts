/** NETLINK_ROUTE. include/uapi/linux/netlink.h */
export const NETLINK_ROUTE = 0
/** How long to wait for an answer of the kernel by default, ms. */
export const TIMEOUT_MS = 10_000
/**
 * The variables of a program stand in the launcher's environment with this before their names: NODE_OPTIONS and the like
 * must have no effect on the launcher.
 */
export const VARIABLE_PREFIX = '_'
