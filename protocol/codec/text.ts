import type { Codec } from './codec.js'
import { EncodeError } from './errors.js'
import { decodeUtf8, utf8Room, writeUtf8 } from './utf8.js'
import type { Writer } from './writer.js'

/**
 * Text in UTF-8. Bytes that are not UTF-8 are escaped as lone surrogates: see {@link decodeUtf8}.
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
      const start = out.reserve(utf8Room(value) + 1)
      const end = writeUtf8(value, out.bytes, start)
      if (end < start + min || end > start + max) {
        out.at = start
        throw end < 0 ? notUnicode(value) : new EncodeError(value, expected)
      }
      out.bytes[end] = 0
      out.at = end + (terminated ? 1 : 0)
    },
  }
}

function notUnicode(value: string): EncodeError {
  return new EncodeError(
    value,
    'text without lone surrogates, except the escapes of bytes that are not UTF-8',
  )
}

/** Bytes up to which a loop makes a flat string. V8 keeps longer ones as trees of their parts, of 32 bytes a character. */
const LOOP_MAX = 12

/** Text up to its first NUL or the end. Most names are short and ASCII: those need no TextDecoder. */
function decodeText(view: DataView, at: number, length: number): string {
  if (length > LOOP_MAX + 1) return decodeBytes(view, at, length)
  let result = ''
  for (let i = at; i < at + length; i++) {
    const byte = view.getUint8(i)
    if (byte === 0) return result
    if (byte > 0x7f) return decodeBytes(view, at, length)
    result += String.fromCharCode(byte)
  }
  return result
}

function decodeBytes(view: DataView, at: number, length: number): string {
  const all = new Uint8Array(view.buffer, view.byteOffset + at, length)
  const end = all.indexOf(0)
  return decodeUtf8(end < 0 ? all : all.subarray(0, end))
}
