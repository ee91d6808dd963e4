import type { Codec } from './codec.js'
import { EncodeError } from './errors.js'
import type { Writer } from './writer.js'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * Text in UTF-8.
 * @param limit.max the kernel's limit in bytes, without the terminating NUL (IFNAMSIZ is 16: `max: 15`)
 * @param limit.terminated whether a NUL is sent at the end; decoding ends at the first NUL either way
 */
export function text(limit: { min?: number; max: number; terminated?: boolean }): Codec<string> {
  const { min = 0, max, terminated = true } = limit
  const expected = `text of ${min === 0 ? 'at most' : `${min} to`} ${max} bytes without NUL`
  return {
    decode: decodeText,
    encode(out: Writer, value) {
      if (typeof value !== 'string' || value.includes('\0')) throw new EncodeError(value, expected)
      // UTF-8 takes at most three bytes for a UTF-16 unit.
      const start = out.reserve(value.length * 3 + 1)
      const { written } = encoder.encodeInto(value, out.bytes.subarray(start))
      if (written < min || written > max) {
        out.at = start
        throw new EncodeError(value, expected)
      }
      out.bytes[start + written] = 0
      out.at = start + written + (terminated ? 1 : 0)
    },
  }
}

/** Text up to its first NUL or the end. Names are short and ASCII: those need no TextDecoder. */
function decodeText(view: DataView, at: number, length: number): string {
  let result = ''
  for (let i = at; i < at + length; i++) {
    const byte = view.getUint8(i)
    if (byte === 0) return result
    if (byte > 0x7f) return decodeUtf8(view, at, length)
    result += String.fromCharCode(byte)
  }
  return result
}

function decodeUtf8(view: DataView, at: number, length: number): string {
  const all = new Uint8Array(view.buffer, view.byteOffset + at, length)
  const end = all.indexOf(0)
  return decoder.decode(end < 0 ? all : all.subarray(0, end))
}
