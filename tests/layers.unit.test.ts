import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import test from 'ava'

/** Every import of a source file below a folder: who, and what. */
function importsBelow(folder: string): { file: string; from: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const file = join(folder, name)
      const source = readFileSync(file, 'utf8')
      return [...source.matchAll(/(?:from|import|require\()\s*'([\w.@][^'\s]*)'/g)].map(
        ([, target = '']) => ({
          file,
          from: target.startsWith('.') ? normalize(join(dirname(file), target)) : target,
        }),
      )
    })
}

const startsWithAny = (text: string, starts: readonly string[]) =>
  starts.some((start) => text.startsWith(start))

test('protocol knows nobody: not lib, not Node, and of packages only pure ones', (t) => {
  const foreign = importsBelow('protocol').filter(
    ({ from }) => !startsWithAny(from, ['protocol/', 'buffer-layout', 'ipaddr.js', 'leven']),
  )
  t.deepEqual(foreign, [])
})

test('only lib/ffi knows koffi', (t) => {
  const users = [...importsBelow('lib'), ...importsBelow('examples')].filter(({ from }) => from === 'koffi')
  t.true(users.length > 0)
  t.deepEqual(
    users.filter(({ file }) => !file.startsWith('lib/ffi/')),
    [],
  )
})

for (const [layer, below] of Object.entries({
  'lib/ffi': ['lib/ffi/', 'lib/errors', 'lib/options', 'lib/prefix', 'protocol/', 'node:', 'koffi'],
  'lib/connection': ['lib/connection/', 'lib/errors', 'lib/options', 'lib/prefix', 'protocol/', 'node:'],
  'lib/rtnetlink': [
    'lib/rtnetlink/',
    'lib/netns/',
    'lib/connection/',
    'lib/ffi/',
    'lib/errors',
    'lib/options',
    'lib/prefix',
    'protocol/',
    'node:',
  ],
  'lib/nftables': [
    'lib/nftables/',
    'lib/rtnetlink/',
    'lib/connection/',
    'lib/errors',
    'lib/options',
    'lib/prefix',
    'protocol/',
  ],
  'lib/isolate': [
    'lib/isolate/',
    'lib/rtnetlink/',
    'lib/netns/',
    'lib/errors',
    'lib/options',
    'lib/prefix',
    'node:',
  ],
  'lib/uplink': [
    'lib/uplink/',
    'lib/nftables/',
    'lib/rtnetlink/',
    'lib/netns/',
    'lib/connection/',
    'lib/ffi/',
    'lib/errors',
    'lib/options',
    'lib/prefix',
    'protocol/',
    'node:',
  ],
  'lib/netns': [
    'lib/netns/',
    'lib/connection/',
    'lib/ffi/',
    'lib/errors',
    'lib/options',
    'lib/prefix',
    'protocol/',
    'node:',
  ],
})) {
  test(`${layer} knows only what is below it`, (t) => {
    t.deepEqual(
      importsBelow(layer).filter(({ from }) => !startsWithAny(from, below)),
      [],
    )
  })
}
