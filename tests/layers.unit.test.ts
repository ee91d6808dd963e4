import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import test from 'ava'

/** Each import in the source files below a folder. */
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

test('protocol imports neither lib nor Node, and only pure packages', (t) => {
  const foreign = importsBelow('protocol').filter(
    ({ from }) => !startsWithAny(from, ['protocol/', 'buffer-layout', 'leven']),
  )
  t.deepEqual(foreign, [])
})

test('only lib/ffi imports koffi', (t) => {
  const users = [...importsBelow('lib'), ...importsBelow('examples')].filter(({ from }) => from === 'koffi')
  t.true(users.length > 0)
  t.deepEqual(
    users.filter(({ file }) => !file.startsWith('lib/ffi/')),
    [],
  )
})

/** Below every layer of lib. */
const COMMON = [
  'lib/errors',
  'lib/link-reference',
  'lib/node-error',
  'lib/options',
  'lib/path',
  'lib/prefix',
  'lib/privilege',
  'lib/zoned-address',
  'protocol/',
  'node:',
]

/** The folders from which the files of each folder may import, besides their own. lib/README.md explains the layers. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  'lib/ffi': ['koffi'],
  'lib/connection': [],
  'lib/netns': ['lib/connection/', 'lib/ffi/'],
  'lib/rtnetlink': ['lib/netns/', 'lib/connection/', 'lib/ffi/'],
  'lib/nftables': ['lib/rtnetlink/', 'lib/netns/', 'lib/connection/'],
  'lib/testing': ['lib/rtnetlink/', 'lib/connection/'],
  'lib/echo': ['lib/netns/', 'lib/ffi/'],
  'lib/isolate': ['lib/rtnetlink/', 'lib/netns/'],
  'lib/uplink': ['lib/nftables/', 'lib/rtnetlink/', 'lib/netns/', 'lib/connection/', 'lib/ffi/'],
}

for (const [layer, below] of Object.entries(BELOW)) {
  test(`${layer} imports only the layers below it`, (t) => {
    t.deepEqual(
      importsBelow(layer).filter(({ from }) => !startsWithAny(from, [`${layer}/`, ...below, ...COMMON])),
      [],
    )
  })
}

test('each folder of lib is in the table of layers', (t) => {
  const folders = readdirSync('lib', { withFileTypes: true }).filter((entry) => entry.isDirectory())
  t.deepEqual(folders.map(({ name }) => `lib/${name}`).sort(), Object.keys(BELOW).sort())
})
