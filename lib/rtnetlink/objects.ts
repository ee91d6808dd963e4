/** Every kind of object: `RtNetlink` has a member of each name, and `watch` follows each that describes how. */
export * from './address/index.js'
export * from './link/index.js'
export * from './neighbour/index.js'
export * from './nsid/index.js'
export * from './route/index.js'
export * from './rule/index.js'
