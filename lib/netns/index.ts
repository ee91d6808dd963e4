export { Netns, type NetnsIdentity } from './netns.js'
export type { NetnsRef } from './reference.js'
