import test from 'ava'
import { suggestion } from '../../protocol/nearest.js'

const known = ['name', 'kind', 'metrics', 'flow', 'vlanFiltering']

for (const [key, best] of [
  ['nmae', 'name'],
  ['Kind', 'kind'],
  ['metric', 'metrics'],
  ['vlan_filtering', 'vlanFiltering'],
] as const) {
  test(`a misspelt key suggests the nearest one: ${key}`, (t) => {
    t.is(suggestion(key, known), `did you mean "${best}"? Known: ${known.join(', ')}`)
  })
}

test('an unrelated key has no suggestion', (t) => {
  t.is(suggestion('from', known), `known: ${known.join(', ')}`)
})
