import type { Codec } from '../codec/codec.js'
import { text } from '../codec/text.js'

/** nft(8)'s limit for a comment: NFTNL_UDATA_COMMENT_MAXLEN less the NUL. */
const comment = text({ max: 127 })

/**
 * User data, which the kernel stores uninterpreted, in libnftnl's format: a sequence of u8 type, u8 length, value. Only
 * the comment is read and written; without one the text is empty.
 * @param type the type of a comment: NFTNL_UDATA_TABLE_COMMENT, NFTNL_UDATA_CHAIN_COMMENT, NFTNL_UDATA_RULE_COMMENT
 */
export function userdata(type: number): Codec<string> {
  return {
    decode(view, start, length, owner) {
      for (let at = start; at + 2 <= start + length; ) {
        const size = view.getUint8(at + 1)
        if (at + 2 + size > start + length) break
        if (view.getUint8(at) === type) return comment.decode(view, at + 2, size, owner)
        at += 2 + size
      }
      return ''
    },
    encode(out, value, owner) {
      const start = out.reserve(2)
      comment.encode(out, value, owner)
      out.bytes[start] = type
      out.bytes[start + 1] = out.at - start - 2
    },
  }
}
