import { linkKind } from '../kind.js'

/**
 * An intermediate functional block: incoming traffic of other links is redirected to it to be shaped. drivers/net/ifb.c
 */
export const ifb = linkKind('ifb')
