/**
 * Text as bytes, so that any bytes survive. The kernel's names are bytes; almost all are UTF-8. A byte 0xNN that is no
 * part of well-formed UTF-8 reads as the lone surrogate U+DCNN, which no well-formed text contains, and is written back
 * as that byte (the "surrogateescape" of Python, PEP 383). A byte order mark is a character like any other.
 *
 * Both directions are injective: different bytes read as different texts, and a text is refused unless reading its
 * bytes gives the same text again. So U+DCC3 U+DCA4, whose bytes are the UTF-8 of "ä", is refused.
 */

/** A fatal decoder: it throws instead of replacing what it cannot read by U+FFFD. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads all of these bytes. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    return decodeEscaping(bytes)
  }
}

/** The escape of a byte that is not UTF-8, less the byte. */
const ESCAPE = 0xdc00

function decodeEscaping(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at)
    text +=
      length === 0
        ? String.fromCharCode(ESCAPE + (bytes[at] as number))
        : decoder.decode(bytes.subarray(at, at + length))
    at += length || 1
  }
  return text
}

/** The length of the well-formed sequence at an offset, or 0. The Unicode Standard, table 3-7 */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number
  if (first < 0x80) return 1
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.length) return 0
  // The first continuation byte is restricted: no overlong forms, no surrogates, nothing beyond U+10FFFF.
  const second = bytes[at + 1] as number
  const min = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const max = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (second < min || second > max) return 0
  for (let i = at + 2; i < at + length; i++) if (((bytes[i] as number) & 0xc0) !== 0x80) return 0
  return length
}

/** The bytes of a text at most: three for a UTF-16 unit. */
export const utf8Room = (text: string): number => text.length * 3

/**
 * Writes a text at an offset, where {@link utf8Room} bytes must be free. Returns the offset behind it, or -1 when the
 * text has lone surrogates that are not the escapes of {@link decodeUtf8}.
 */
export function writeUtf8(text: string, into: Uint8Array, start: number): number {
  let at = start
  let escapes = false
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) {
      into[at++] = unit
    } else if (unit < 0x800) {
      into[at++] = 0xc0 | (unit >> 6)
      into[at++] = 0x80 | (unit & 0x3f)
    } else if (unit < 0xd800 || unit > 0xdfff) {
      into[at++] = 0xe0 | (unit >> 12)
      into[at++] = 0x80 | ((unit >> 6) & 0x3f)
      into[at++] = 0x80 | (unit & 0x3f)
    } else {
      const point = text.codePointAt(i) as number
      if (point > 0xffff) {
        into[at++] = 0xf0 | (point >> 18)
        into[at++] = 0x80 | ((point >> 12) & 0x3f)
        into[at++] = 0x80 | ((point >> 6) & 0x3f)
        into[at++] = 0x80 | (point & 0x3f)
        i++
      } else if (unit >= ESCAPE + 0x80 && unit <= ESCAPE + 0xff) {
        into[at++] = unit - ESCAPE
        escapes = true
      } else {
        return -1
      }
    }
  }
  return escapes && decodeUtf8(into.subarray(start, at)) !== text ? -1 : at
}

/** The bytes of a text; undefined when it cannot be written, as {@link writeUtf8} says. */
export function encodeUtf8(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(utf8Room(text))
  const end = writeUtf8(text, bytes, 0)
  return end < 0 ? undefined : bytes.subarray(0, end)
}
