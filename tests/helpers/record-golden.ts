/**
 * Records the messages of ip(8): `npm run golden`, as root, writes tests/data/sent-by-ip.json. Needs iproute2, strace.
 * `sent.parity.test.ts` has the version that it was recorded from.
 */
import { writeFileSync } from 'node:fs'
import { Netns } from '../../lib/index.js'
import { recordStock } from './stage.js'

const name = `golden-${process.pid}`
Netns.create(name).close()
try {
  writeFileSync('tests/data/sent-by-ip.json', `${JSON.stringify(recordStock(name), null, 2)}\n`)
} finally {
  Netns.delete(name)
}
