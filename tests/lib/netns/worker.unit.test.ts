import test from 'ava'
import { preloadsOf } from '../../../lib/netns/worker.js'

test('a worker gets the preloading options of the process, without those that a worker refuses', (t) => {
  t.deepEqual(
    preloadsOf([
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      'code',
      '--require=./a.cjs',
      '--expose-gc',
      '-C',
      'dev',
    ]),
    ['--import', 'tsx', '--require=./a.cjs', '-C', 'dev'],
  )
  t.deepEqual(preloadsOf([]), [])
})
