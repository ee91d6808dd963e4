import test from 'ava'
import { integerOf } from '../../../lib/nftables/datatype.js'
import { datatypes } from '../../../lib/nftables/datatypes.js'
import { listedElements } from '../../../lib/nftables/listed-elements.js'
import type { NftSetElement } from '../../../protocol/index.js'

const at = (...bytes: number[]): NftSetElement => ({ key: { value: Uint8Array.from(bytes) } })
const end = (...bytes: number[]): NftSetElement => ({ ...at(...bytes), flags: ['intervalEnd'] })

/** The elements as pairs of numbers. */
function listed(
  flags: readonly ('interval' | 'concat')[],
  type: 'inet_service' | 'mark',
  elements: NftSetElement[],
) {
  const { [type]: datatype } = datatypes
  const set = { flags: [...flags], elements }
  return listedElements(set, [datatype]).map(({ from, to }) =>
    [from, to].map((bytes) => integerOf(bytes, datatype.bigEndian)),
  )
}

test('an interval to the end of the space has no end marker', (t) => {
  t.deepEqual(listed(['interval'], 'inet_service', [at(0, 0)]), [[0, 65535]])
  t.deepEqual(listed(['interval'], 'inet_service', [at(255, 255)]), [[65535, 65535]])
  t.deepEqual(listed(['interval'], 'inet_service', [end(0, 0), at(240, 0)]), [[0xf000, 65535]])
})

test('intervals that touch are two, with and without an end marker between them', (t) => {
  const expected = [
    [0, 79],
    [80, 100],
  ]
  const [first, second, last] = [at(0, 0), at(0, 80), end(0, 101)]
  t.deepEqual(listed(['interval'], 'inet_service', [last, second, end(0, 80), first]), expected)
  t.deepEqual(listed(['interval'], 'inet_service', [last, second, first]), expected)
})

test('sets of intervals keep keys in host order as network order, and are sorted by it', (t) => {
  const elements = [end(0, 0, 1, 1), at(0, 0, 0, 16), end(0, 0, 0, 6), at(0, 0, 0, 5)]
  t.deepEqual(listed(['interval'], 'mark', elements), [
    [5, 5],
    [16, 256],
  ])
  t.deepEqual(listed([], 'mark', [at(0, 1, 0, 0), at(16, 0, 0, 0)]), [
    [16, 16],
    [256, 256],
  ])
})

test('a catch-all element is the last one; it does not end an interval', (t) => {
  const catchall: NftSetElement = { flags: ['catchall'] }
  const set = { flags: ['interval' as const], elements: [catchall, at(0, 9), end(0, 12)] }
  const [first, last] = listedElements(set, [datatypes.inet_service])
  t.deepEqual([first?.from, first?.to], [Uint8Array.of(0, 9), Uint8Array.of(0, 11)])
  t.is(last?.element, catchall)
})

test('concatenated intervals have an interval for each field, those in host order as well', (t) => {
  const element: NftSetElement = {
    key: { value: Uint8Array.of(0, 0, 0, 16, 10, 0, 0, 0) },
    keyEnd: { value: Uint8Array.of(0, 0, 0, 32, 10, 255, 255, 255) },
  }
  const set = { flags: ['interval' as const, 'concat' as const], elements: [element] }
  const [only] = listedElements(set, [datatypes.mark, datatypes.ipv4_addr])
  t.deepEqual(only?.from, Uint8Array.of(16, 0, 0, 0, 10, 0, 0, 0))
  t.deepEqual(only?.to, Uint8Array.of(32, 0, 0, 0, 10, 255, 255, 255))
})
