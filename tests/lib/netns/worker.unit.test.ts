import test from 'ava'
import { preloadsOf } from '../../../lib/netns/worker.js'

test('a worker takes over what is loaded beforehand, and nothing that it would refuse', (t) => {
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
