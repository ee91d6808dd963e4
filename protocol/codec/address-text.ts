/** Groups of zeros at the start of an IPv4-mapped IPv6 address, `::ffff:192.0.2.1`. */
const MAPPED_ZERO_GROUPS = 5

/* The texts of both halves of IPv4 addresses, `192.0.` and `2.1`, filled as they occur: a dump of many routes makes each
   address by one concatenation. */
const firstHalves: string[] = []
const secondHalves: string[] = []

/** The canonical text of four bytes: `192.0.2.1`. */
export function formatIpv4(view: DataView, at: number): string {
  const first = view.getUint16(at)
  const second = view.getUint16(at + 2)
  return (firstHalves[first] ?? firstHalf(first)) + (secondHalves[second] ?? secondHalf(second))
}

function firstHalf(bits: number): string {
  // Full length at once: an array that grows by scattered indexes would become a hash table.
  if (firstHalves.length === 0) firstHalves.length = 0x10000
  const text = `${bits >> 8}.${bits & 0xff}.`
  firstHalves[bits] = text
  return text
}

function secondHalf(bits: number): string {
  if (secondHalves.length === 0) secondHalves.length = 0x10000
  const text = `${bits >> 8}.${bits & 0xff}`
  secondHalves[bits] = text
  return text
}

/**
 * The canonical text of sixteen bytes, by RFC 5952: lower case, the longest run of two or more zero
 * groups as `::` (the first of several equally long ones), IPv4-mapped addresses with a dotted end. inet_ntop(3)
 * differs in one case: it also writes the last 32 bits dotted after 96 bits of zeros, `::192.0.2.1`, a form whose use
 * is deprecated (RFC 4291, section 2.5.5.1).
 */
export function formatIpv6(view: DataView, at: number): string {
  let bestStart = -1
  let bestLength = 1
  let start = -1
  for (let group = 0; group <= 8; group++) {
    if (group < 8 && view.getUint16(at + group * 2) === 0) {
      if (start < 0) start = group
    } else if (start >= 0) {
      if (group - start > bestLength) {
        bestStart = start
        bestLength = group - start
      }
      start = -1
    }
  }
  if (bestStart === 0 && bestLength === MAPPED_ZERO_GROUPS && view.getUint16(at + 10) === 0xffff) {
    return `::ffff:${formatIpv4(view, at + 12)}`
  }
  let text = ''
  for (let group = 0; group < 8; group++) {
    if (group === bestStart) {
      text += '::'
      group += bestLength - 1
      continue
    }
    if (text !== '' && !text.endsWith(':')) text += ':'
    text += view.getUint16(at + group * 2).toString(16)
  }
  return text
}

/**
 * The bytes of a dotted address as one number, or -1 if it is not one: four decimal parts without leading zeros, as
 * inet_pton(3) accepts. A loop over characters, not a regular expression: each route that is added passes here.
 */
export function parseIpv4(text: string): number {
  let address = 0
  let part = -1
  let parts = 0
  for (let i = 0; i <= text.length; i++) {
    const char = i < text.length ? text.charCodeAt(i) : 46
    if (char === 46) {
      if (part < 0 || ++parts > 4) return -1
      address = address * 256 + part
      part = -1
    } else {
      const digit = char - 48
      if (digit < 0 || digit > 9 || part === 0) return -1
      part = part < 0 ? digit : part * 10 + digit
      if (part > 255) return -1
    }
  }
  return parts === 4 ? address : -1
}

const COLON = 58
const DOT = 46

/* The groups that `readGroups` has read. One array for all calls: nothing else runs between reading and copying. */
const groups = new Uint16Array(8)

/**
 * Reads an IPv6 address into `groups` as inet_pton(3) does: up to four hexadecimal digits a group, `::` once for one or
 * more groups of zeros, the last two groups perhaps as a dotted IPv4 address. False for any other text; zones
 * (`%eth0`) are not part of an address on the wire.
 */
function readGroups(text: string): boolean {
  const length = text.length
  let count = 0
  /** How many groups stand before `::`. */
  let gap = -1
  let at = 0
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return false
    gap = 0
    at = 2
  }
  while (at < length) {
    const start = at
    let group = 0
    for (; at < length; at++) {
      const digit = hexDigit(text.charCodeAt(at))
      if (digit < 0) break
      if (at - start === 4) return false
      group = (group << 4) | digit
    }
    if (at < length && text.charCodeAt(at) === DOT) {
      const address = count > 6 ? -1 : parseIpv4(text.slice(start))
      if (address < 0) return false
      groups[count++] = address >>> 16
      groups[count++] = address
      break
    }
    if (at === start || count === 8) return false
    groups[count++] = group
    if (at === length) break
    if (text.charCodeAt(at++) !== COLON || at === length) return false
    if (text.charCodeAt(at) !== COLON) continue
    if (gap >= 0) return false
    gap = count
    at++
  }
  if (gap < 0) return count === 8
  if (count === 8) return false
  groups.copyWithin(8 - (count - gap), gap, count)
  groups.fill(0, gap, 8 - (count - gap))
  return true
}

/** The value of a hexadecimal digit, or -1. */
export function hexDigit(char: number): number {
  if (char >= 48 && char <= 57) return char - 48
  // Setting this bit makes letters lower-case.
  const letter = (char | 0x20) - 97
  return char < 128 && letter >= 0 && letter < 6 ? letter + 10 : -1
}

/** The bytes of an IPv6 address, or undefined if inet_pton(3) would not accept the text. */
export function parseIpv6(text: string): readonly number[] | undefined {
  if (!readGroups(text)) return undefined
  return Array.from({ length: 16 }, (_, i) => ((groups[i >> 1] as number) >> (i & 1 ? 0 : 8)) & 0xff)
}

/** Writes the bytes of an IPv6 address, as {@link parseIpv6} reads it; false if it is none. */
export function writeIpv6(text: string, into: DataView, at: number): boolean {
  if (!readGroups(text)) return false
  for (let i = 0; i < 8; i++) into.setUint16(at + i * 2, groups[i] as number)
  return true
}

/** Whether the text is an IPv4 address, an IPv6 address or neither. */
export function ipVersion(text: string): 4 | 6 | undefined {
  if (parseIpv4(text) >= 0) return 4
  return readGroups(text) ? 6 : undefined
}
