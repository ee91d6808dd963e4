import { type Datatype, textType } from './datatype.js'
import { formatTime, parseTime } from './units.js'

/* Data types of integers that nft(8) writes as texts of their own. */

const DAY_S = 86_400
const NS = 1_000_000_000n

/** Seconds by which local time is ahead of UTC now: nft(8) also uses the present offset for any time. */
const localOffset = () => -60 * new Date().getTimezoneOffset()

const two = (value: number) => String(value).padStart(2, '0')

/** Milliseconds: `1m30s`. nft(8) reads the ends of a range as seconds. */
export const durationType = (name: string, number: number, length: number) =>
  textType(name, number, length, {
    expected: 'a duration such as "1m30s"',
    read: parseTime,
    write: formatTime,
    writeNumber: (value) => (value % 1000n === 0n ? `${value / 1000n}s` : `[ ${value}ms ]`),
  })

/** Seconds since midnight, UTC; written in local time: `"08:30"`, `"08:30:15"`. */
export const hourType = (name: string, number: number, length: number) =>
  textType(name, number, length, {
    expected: 'a time of day such as "08:30" or "08:30:15", in local time',
    read(text) {
      const found = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/.exec(text)
      if (!found) return undefined
      const [hours = 0, minutes = 0, seconds = 0] = found.slice(1).map((digits) => Number(digits ?? 0))
      if (hours > 23 || minutes > 59 || seconds > 59) return undefined
      const utc = hours * 3600 + minutes * 60 + seconds - localOffset()
      return BigInt((utc + DAY_S) % DAY_S)
    },
    write(value) {
      if (value >= BigInt(DAY_S)) return String(value)
      const local = (Number(value) + localOffset() + DAY_S) % DAY_S
      const seconds = local % 60
      const text = `${two(Math.floor(local / 3600))}:${two(Math.floor(local / 60) % 60)}`
      return `"${text}${seconds === 0 ? '' : `:${two(seconds)}`}"`
    },
  })

/** Nanoseconds since 1970, UTC; written in local time: `"2030-01-01 00:00:00"`. */
export const dateType = (name: string, number: number, length: number) =>
  textType(name, number, length, {
    expected: 'a time such as "2030-01-01 00:00:00", in local time',
    read(text) {
      const found = /^(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d(?::\d\d)?))?$/.exec(text)
      const ms = found ? Date.parse(`${found[1]}T${found[2] ?? '00:00'}Z`) : Number.NaN
      return Number.isNaN(ms) ? undefined : (BigInt(ms) / 1000n - BigInt(localOffset())) * NS
    },
    write(value) {
      const ms = Number(value / NS + BigInt(localOffset())) * 1000
      if (value % NS !== 0n || ms < 0 || ms > Date.parse('9999-12-31T23:59:59Z')) return `[ ${value}ns ]`
      return `"${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}"`
    },
  })

const classText = (value: bigint) => `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`

const NO_CLASS = 0n
const ROOT_CLASS = 0xffffffffn

/** A handle of traffic control: `1:2`, `none`, `root`. tc(8) */
export const classidType = (name: string, number: number, length: number) =>
  textType(name, number, length, {
    expected: 'a class such as "1:2" (hexadecimal), "none" or "root"',
    read(text) {
      if (text === 'none') return NO_CLASS
      if (text === 'root') return ROOT_CLASS
      const found = /^([\da-f]{1,4}):([\da-f]{0,4})$/i.exec(text)
      return found ? BigInt((Number(`0x${found[1]}`) << 16) >>> 0) + BigInt(`0x${found[2] || 0}`) : undefined
    },
    write(value) {
      if (value === NO_CLASS) return 'none'
      return value === ROOT_CLASS ? 'root' : classText(value)
    },
    writeNumber: (value) => `"${classText(value)}"`,
  })

/** A set of labels, each a bit, of which nft(8) can express one: its number. connlabel.conf(5) */
export const labelType = (name: string, number: number, length: number): Datatype => ({
  bitmask: true,
  ...textType(name, number, length, {
    expected: `the number of a label, from 0 to ${8 * length - 1}`,
    read: (text) => (/^\d{1,3}$/.test(text) ? 1n << BigInt(text) : undefined),
    write(value) {
      const bit = value.toString(2).length - 1
      return value === 1n << BigInt(bit) ? String(bit) : `[ 0x${value.toString(16)} ]`
    },
  }),
})
