import type { Codec } from '../codec/codec.js'
import { text } from '../codec/text.js'

/** NFT_USERDATA_MAXLEN less the TLV's own two bytes and the NUL, and nft(8)'s limit for a comment. */
const comment = text({ max: 127 })

/**
 * What the kernel keeps for user space, in the form of libnftnl: u8 type, u8 length, value; one after the other. Of those
 * the comment is read and written; where there is none the text is empty.
 * @param type the number that a comment has (NFTNL_UDATA_TABLE_COMMENT and its kin)
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
