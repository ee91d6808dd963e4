/** Writes tests/data/sent-by-ip.json anew: `npm run golden`, as root, with iproute2 and strace. */
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
