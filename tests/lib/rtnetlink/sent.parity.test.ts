import { readFileSync } from 'node:fs'
import { Netns } from '../../../lib/index.js'
import { toolTest } from '../../helpers/needs.js'
import type { Golden } from '../../helpers/requests.js'
import { netnsName } from '../../helpers/sandbox.js'
import { decodedAlike, recordStock } from '../../helpers/stage.js'

const straceTest = toolTest('ip', 'strace')

straceTest('ip(8) on this machine sends what was recorded', (t) => {
  const name = netnsName(t)
  Netns.create(name).close()
  const recorded = JSON.parse(readFileSync('tests/data/sent-by-ip.json', 'utf8')) as Golden[]
  t.deepEqual(recordStock(name).map(decodedAlike), recorded.map(decodedAlike))
})
