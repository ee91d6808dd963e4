import { ip } from '../../codec/address.js'
import type { Codec } from '../../codec/codec.js'
import { labels } from './labels.js'

/** The destination of a route: an IP address, or a label where the message's family is MPLS. */
export const routeAddress: Codec<string> = {
  decode: (view, at, length, parent) => codecOf(parent).decode(view, at, length, parent),
  encode: (out, value, parent) => codecOf(parent).encode(out, value, parent),
}

const codecOf = ({ family }: { readonly family?: unknown }) => (family === 'mpls' ? labels : ip)
