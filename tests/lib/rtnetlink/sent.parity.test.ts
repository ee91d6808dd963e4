import { readFileSync } from 'node:fs'
import { Netns } from '../../../lib/index.js'
import { versionOf, versionTest } from '../../helpers/needs.js'
import type { Golden } from '../../helpers/requests.js'
import { netnsName } from '../../helpers/sandbox.js'
import { decodedAlike, recordStock } from '../../helpers/stage.js'

/** The version of iproute2 whose messages are recorded. */
const RECORDED = '6.1.0'
const recordedTest = versionTest(RECORDED, versionOf('ip', '-V'), 'ip', 'strace')

recordedTest('ip(8) on this machine sends what was recorded', (t) => {
  const name = netnsName(t)
  Netns.create(name).close()
  const recorded = JSON.parse(readFileSync('tests/data/sent-by-ip.json', 'utf8')) as Golden[]
  t.deepEqual(recordStock(name).map(decodedAlike), recorded.map(decodedAlike))
})
