import { linkKind } from '../kind.js'

/** A link that discards all packets. drivers/net/dummy.c */
export const dummy = linkKind('dummy')
