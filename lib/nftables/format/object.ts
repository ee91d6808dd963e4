import type { NftExpressionData, nftObjectData, Value } from '../../../protocol/index.js'
import { formatCounter } from '../expressions/counter.js'
import { limitText } from '../expressions/limit.js'
import { quotaText } from '../expressions/quota.js'
import { synproxyOptions } from '../expressions/synproxy.js'
import type { NftTableListing } from '../listing.js'
import { formatTime } from '../units.js'
import { objectWord } from './elements.js'
import { notExpressible, quoted } from './values.js'

type ListedObject = NftTableListing['objects'][number]
type ObjectData = { [K in keyof typeof nftObjectData]: Value<(typeof nftObjectData)[K]> }

/** The lines of an object, by its type; undefined where nft(8) has no words for it. */
const LINES: { readonly [K in keyof ObjectData]?: (data: ObjectData[K]) => string[] | undefined } = {
  counter: (data) => [formatCounter(data).replace('counter ', '')],
  quota: (data) => lineOf(quotaText(data)),
  limit: (data) => lineOf(limitText(data)),
  synproxy: (data: NftExpressionData<'synproxy'>) => synproxyOptions(data),
  secmark: ({ ctx = '' }) => [quoted(ctx)],
  ctHelper: ({ name = '', l4proto, l3proto }) => [
    `type ${quoted(name)} protocol ${l4proto}`,
    `l3proto ${l3proto}`,
  ],
  ctExpectation: ({ l3proto, l4proto, dport = 0, timeout = 0, size = 0 }) => [
    `protocol ${l4proto}`,
    `dport ${dport}`,
    `timeout ${formatTime(BigInt(timeout))}`,
    `size ${size}`,
    `l3proto ${l3proto}`,
  ],
  ctTimeout: ({ l3proto, l4proto, data }) => {
    if (data instanceof Uint8Array || data === undefined || 'unknown' in data) return undefined
    const states = Object.entries(data).flatMap(([state, seconds]) => {
      const normal = DEFAULT_TIMEOUTS[String(l4proto)]?.[state]
      return seconds === normal ? [] : [`${snake(state)} : ${seconds}`]
    })
    return [
      `protocol ${l4proto}`,
      `l3proto ${l3proto}`,
      ...(states.length > 0 ? [`policy = { ${states.join(', ')} }`] : []),
    ]
  },
}

const lineOf = (text: string | undefined) => (text === undefined ? undefined : [text])
const snake = (name: string) => name.replace(/[A-Z\d]/g, (letter) => `_${letter.toLowerCase()}`)

/** The timeouts that nft(8) does not write, seconds. libnftables: src/rule.c, tcp_dflt_timeout */
const DEFAULT_TIMEOUTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  tcp: {
    synSent: 120,
    synRecv: 60,
    established: 432_000,
    finWait: 120,
    closeWait: 60,
    lastAck: 30,
    timeWait: 120,
    close: 10,
    synSent2: 120,
    retrans: 300,
    unack: 300,
  },
  udp: { unreplied: 30, replied: 180 },
}

/** The words before an object's name, and the lines that describe it. */
export function formatObject({ type, data }: Omit<ListedObject, 'name'>): { kind: string; lines: string[] } {
  const format = LINES[type as keyof ObjectData] as ((data: unknown) => string[] | undefined) | undefined
  const isKnown = data !== undefined && !(data instanceof Uint8Array) && !('unknown' in data)
  const lines = isKnown ? format?.(data) : undefined
  return { kind: objectWord(type), lines: lines ?? [notExpressible(String(type))] }
}
