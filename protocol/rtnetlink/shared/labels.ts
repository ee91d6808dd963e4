import type { Codec } from '../../codec/codec.js'
import { DecodeError, EncodeError } from '../../codec/errors.js'

/** The largest label: it has 20 bits. RFC 3032 */
export const LABEL_MAX = 0xfffff

/** The bottom-of-stack bit of a label stack entry: label (20 bits), traffic class (3), bottom (1), TTL (8). RFC 3032 */
const BOTTOM = 0x100

/**
 * A stack of MPLS labels, as `ip -f mpls route` writes it: `'100'`, `'200/300'` with the outermost label first.
 * include/uapi/linux/mpls.h
 */
export const labels: Codec<string> = {
  decode(view, start, length) {
    if (length === 0 || length % 4 !== 0) {
      throw new DecodeError(`label stack entries of 4 bytes expected, got ${length} bytes`)
    }
    let text = ''
    for (let at = start; at < start + length; at += 4) {
      const entry = view.getUint32(at)
      text += `${at === start ? '' : '/'}${entry >>> 12}`
      if (entry & BOTTOM) break
    }
    return text
  },
  encode(out, value) {
    const stack = typeof value === 'string' ? value.split('/') : []
    const valid = stack.every((label) => /^(0|[1-9]\d{0,6})$/.test(label) && Number(label) <= LABEL_MAX)
    if (stack.length === 0 || !valid) {
      throw new EncodeError(value, `labels from 0 to ${LABEL_MAX}, such as "100" or "200/300"`)
    }
    for (const [i, label] of stack.entries()) {
      const at = out.reserve(4)
      out.view.setUint32(at, ((Number(label) << 12) | (i === stack.length - 1 ? BOTTOM : 0)) >>> 0)
    }
  },
}
