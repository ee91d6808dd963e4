/**
 * The wire format of netlink: bytes to values and back, without input or output. Runs wherever JavaScript does.
 * @module
 */
export * from './codec/index.js'
export { isRtnetlinkError, RtnetlinkError } from './errors.js'
export * from './icmp/index.js'
export * from './netlink/index.js'
export * from './nftables/index.js'
export * from './rtnetlink/index.js'
