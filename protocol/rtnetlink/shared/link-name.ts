import type { Codec } from '../../codec/codec.js'
import { EncodeError } from '../../codec/errors.js'
import { text } from '../../codec/text.js'
import { utf8Room, writeUtf8 } from '../../codec/utf8.js'

/** The longest name of a link, in bytes: IFNAMSIZ is 16 with the terminating NUL. include/uapi/linux/if.h */
export const LINK_NAME_MAX = 15
/** The longest alternative name, in bytes: ALTIFNAMSIZ is 128 with the terminating NUL. include/uapi/linux/if.h */
export const ALT_NAME_MAX = 127

const SLASH = 0x2f
const COLON = 0x3a
const DOT = 0x2e

const scratch = new Uint8Array(utf8Room('x'.repeat(ALT_NAME_MAX)))

/** The length of a name in bytes; -1 if it is no name at all: empty, too long, not text, or with a NUL. */
export function nameLength(name: string): number {
  if (typeof name !== 'string' || name === '' || name.length > ALT_NAME_MAX || name.includes('\0')) return -1
  const length = writeUtf8(name, scratch, 0)
  return length > ALT_NAME_MAX ? -1 : length
}

/**
 * Whether a link can have this name: net/core/dev.c, dev_valid_name(). Alternative names are any 1 to 127 bytes without
 * NUL.
 */
export function isLinkName(name: string): boolean {
  return isName(name, false)
}

function isName(name: string, colons: boolean): boolean {
  const length = nameLength(name)
  if (length < 0 || length > LINK_NAME_MAX) return false
  if (scratch[0] === DOT && (length === 1 || (length === 2 && scratch[1] === DOT))) return false
  for (let i = 0; i < length; i++) {
    const byte = scratch[i] as number
    if (byte === SLASH || (byte === COLON && !colons) || isSpace(byte)) return false
  }
  return true
}

/** lib/ctype.c: the kernel counts 0xa0, the no-break space of Latin-1, wherever it occurs: "à" is C3 A0 in UTF-8. */
function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0xa0
}

/** What {@link isLinkName} accepts, for error messages. */
export const LINK_NAME = `the name of a link: 1 to ${LINK_NAME_MAX} bytes without "/", ":", white space and byte 0xa0, neither "." nor ".."`

function nameCodec(colons: boolean, expected: string): Codec<string> {
  const name = text({ min: 1, max: LINK_NAME_MAX })
  return {
    decode: name.decode,
    encode(out, value, parent) {
      if (!isName(value, colons)) throw new EncodeError(value, expected)
      name.encode(out, value, parent)
    },
  }
}

/** The name of a link. */
export const linkName = nameCodec(false, LINK_NAME)

/** The name of a link in a rule. The kernel compares text there, so that it may name a label such as `eth0:1`. */
export const matchedLinkName = nameCodec(
  true,
  `the name of a link, which is compared as text (alternative names never match): 1 to ${LINK_NAME_MAX} bytes ` +
    'without "/", white space and byte 0xa0, neither "." nor ".."',
)

/** An alternative name. */
export const altName = text({ min: 1, max: ALT_NAME_MAX })
