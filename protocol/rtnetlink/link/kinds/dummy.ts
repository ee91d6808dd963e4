import { linkKind } from '../kind.js'

/** A link that swallows what it is given. drivers/net/dummy.c */
export const dummy = linkKind('dummy')
