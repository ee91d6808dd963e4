/**
 * The wire of netlink, without any input or output: bytes in, values out. Runs wherever JavaScript does.
 * @module
 */
export * from './codec/index.js'
export * from './icmp/index.js'
export * from './netfilter/index.js'
export * from './netlink/index.js'
export * from './route/index.js'
