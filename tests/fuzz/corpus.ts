import { readFileSync } from 'node:fs'
import type { Golden } from '../helpers/requests.js'

/** Real messages: what ip(8) sends, and what the kernel answers (tests/data/captures.json, `npm run capture`). */
export function corpus(): Uint8Array[] {
  const sent = JSON.parse(readFileSync('tests/data/sent-by-ip.json', 'utf8')) as Golden[]
  const received = JSON.parse(readFileSync('tests/data/captures.json', 'utf8')) as string[]
  return [...sent.map(({ payload }) => payload), ...received].map((hex) =>
    Uint8Array.from(Buffer.from(hex, 'hex')),
  )
}
