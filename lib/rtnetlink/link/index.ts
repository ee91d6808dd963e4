export { type LinkFilter, type LinkGetOptions, type Links, links } from './object.js'
export type { Link, LinkChanges, LinkSettings, LinkSlave, LinkSpec, PeerSpec } from './types.js'
