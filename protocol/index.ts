/**
 * The wire of netlink, without any input or output: bytes in, values out. Runs wherever JavaScript does.
 * @module
 */
export * from './codec/index.js'
export { isRtnetlinkError, RtnetlinkError } from './errors.js'
export * from './icmp/index.js'
export * from './netlink/index.js'
export * from './nftables/index.js'
export * from './rtnetlink/index.js'
