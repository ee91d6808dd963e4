import { linkKind } from '../kind.js'

/** An intermediate functional block: traffic that comes in elsewhere is redirected here to be shaped. drivers/net/ifb.c */
export const ifb = linkKind('ifb')
