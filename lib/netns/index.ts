export { type NetnsIdentity, Netns } from './netns.js'
export type { NetnsRef } from './reference.js'
