import { execFileSync } from 'node:child_process'
import type { Request } from '../../lib/connection/index.js'
import { messageFlag, rtm, viewOf } from '../../protocol/index.js'
import { type Golden, PAIRS, type Pair, recording, STAGE } from './requests.js'
import { sentBy } from './strace.js'

/** Runs each ip(8) command of the table in the named namespace, and returns the messages that it sent. */
export function recordStock(netns: string): Golden[] {
  for (const words of STAGE) execFileSync('ip', ['-n', netns, ...words.split(' ')])
  return PAIRS.map(({ ip }) => {
    const wanted = ip.includes('route get') ? rtm.getroute : undefined
    const sent = sentBy('ip', '-n', netns, ...ip.split(' '))
    // Before it acts, ip(8) looks indexes up; after a look-up, names.
    const message = wanted === undefined ? sent.at(-1) : sent.find(({ type }) => type === wanted)
    if (message === undefined) throw new Error(`ip ${ip} sent nothing`)
    return {
      ip,
      type: message.type,
      flags: message.flags,
      payload: Buffer.from(message.payload).toString('hex'),
    }
  })
}

/** The message that the API sends for a pair. */
export function ourRequest(pair: Pair): { request: Request; flags: number } {
  const { net, requests } = recording()
  pair.ours(net)
  const request = requests.at(-1)
  if (request === undefined) throw new Error(`nothing was sent for: ip ${pair.ip}`)
  // The types of one kind of object are NEW, DEL, GET and SET in a row: the answer to a GET is no acknowledgement.
  const ack = request.type % 4 === 2 ? 0 : messageFlag.ack
  return { request, flags: messageFlag.request | ack | (request.flags ?? 0) }
}

/** A recording, read: versions of ip(8) order attributes differently. */
export function decodedAlike(golden: Golden): object {
  const pair = PAIRS.find(({ ip }) => ip === golden.ip)
  if (pair === undefined) throw new Error(`not in the table: ${golden.ip}`)
  const bytes = Buffer.from(golden.payload, 'hex')
  const { ip, type, flags } = golden
  return { ip, type, flags, value: ourRequest(pair).request.codec.decode(viewOf(bytes), 0, bytes.length, {}) }
}
