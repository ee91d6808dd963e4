import test from 'ava'
import { formatRule, type NftRule } from '../../../lib/index.js'
import { checksumOf, headers } from '../../../lib/nftables/headers.js'

/* Rules that nft(8) would not make: what is not certain is marked, and nothing throws. */

const v = (...bytes: number[]) => ({ value: Uint8Array.from(bytes) })
const meta = (key: string, dreg = 1) => ({ name: 'meta', data: { key, dreg } })
const setMark = { name: 'meta', data: { key: 'mark', sreg: 2 } }
const payload = (base: string, offset: number, len: number) => ({
  name: 'payload',
  data: { base, offset, len, dreg: 1 },
})
const cmp = (op: string, ...bytes: number[]) => ({ name: 'cmp', data: { sreg: 1, op, data: v(...bytes) } })
const mask = (and: number[], xor: number[] = and.map(() => 0)) => ({
  name: 'bitwise',
  data: { sreg: 1, dreg: 1, len: and.length, mask: v(...and), xor: v(...xor) },
})
const shift = (op: string, len: number, bits: number) => ({
  name: 'bitwise',
  data: { sreg: 1, dreg: 1, len, op, data: v(bits, 0, 0, 0) },
})
const hton = (len: number, size: number) => ({
  name: 'byteorder',
  data: { sreg: 1, dreg: 1, op: 'hton', len, size },
})
const constant = { name: 'immediate', data: { dreg: 2, data: v(5, 0, 0, 0) } }
const counter = { name: 'counter', data: { packets: 0n, bytes: 0n } }
const tcp = [meta('l4proto'), cmp('eq', 6)]

const CASES: readonly (readonly [text: string, expressions: readonly object[]])[] = [
  ['tcp dport >= 263 [ cmp ]', [...tcp, payload('transport', 2, 2), cmp('gte', 1, 7), cmp('lte', 9, 1, 0)]],
  [
    'tcp dport >= 2000 tcp dport <= 1000',
    [...tcp, payload('transport', 2, 2), cmp('gte', 7, 208), cmp('lte', 3, 232)],
  ],
  ['meta mark set 0x00000005 [ cmp ] [ meta ]', [meta('mark'), constant, setMark, cmp('eq', 7, 0, 0, 0)]],
  [
    'ip ttl 64 counter packets 0 bytes 0 [ cmp ]',
    [payload('network', 8, 1), cmp('eq', 64), counter, cmp('eq', 64)],
  ],
  [
    '(meta mark & 0xfffffff1 | 0x00000001) & 0x0000000e == 0x00000002',
    [meta('mark'), mask([0xf0, 255, 255, 255], [1, 0, 0, 0]), mask([0x0e, 0, 0, 0]), cmp('eq', 2, 0, 0, 0)],
  ],
  ['[ byteorder ] [ cmp ]', [payload('network', 2, 2), hton(4, 4), cmp('eq', 0, 20)]],
  ['[ byteorder ] [ cmp ]', [meta('mark'), hton(4, 2), cmp('eq', 0, 0, 1, 0)]],
  ['[ bitwise ] [ cmp ]', [payload('network', 0, 4), shift('lshift', 4, 16), cmp('eq', 0, 0, 1, 0)]],
  ['meta mark & 0x000000f0 != 0x00000010', [meta('mark'), mask([0xf0, 255, 0, 0]), cmp('neq', 0x10)]],
  ['[ bitwise ] [ cmp ]', [payload('network', 12, 4), mask([255, 0]), cmp('eq', 10, 0, 0, 0)]],
  ['[ meta undefined ] [ cmp ]', [meta(undefined as unknown as string), cmp('eq', 1)]],
  ['meta day [ 7 ]', [meta('day'), cmp('eq', 7)]],
  ['[ meta nfproto ] [ cmp ]', [meta('nfproto'), cmp('eq', 2)]],
  [
    'iifname [ 0x61006200000000000000000000000000 ]',
    [meta('iifname'), cmp('eq', 97, 0, 98, ...new Array<number>(13).fill(0))],
  ],
  ['[ masq ]', [{ name: 'masq', data: { flags: ['protoSpecified'] } }]],
  ['[ synproxy ]', [{ name: 'synproxy', data: { mss: 1460 } }]],
  [
    'jump [ "log" ]',
    [{ name: 'immediate', data: { dreg: 0, data: { verdict: { code: 'jump', chain: 'log' } } } }],
  ],
]

test('nft(8) and actions update the same checksums', (t) => {
  t.deepEqual(checksumOf(headers.ip, 'protocol'), { csumType: 'inet', csumOffset: 10, csumFlags: 1 })
  t.deepEqual(checksumOf(headers.ip, 'ttl'), { csumType: 'inet', csumOffset: 10, csumFlags: 0 })
  t.deepEqual(checksumOf(headers.ip6, 'nexthdr'), { csumType: 'none', csumOffset: 0, csumFlags: 1 })
  t.deepEqual(checksumOf(headers.sctp, 'dport'), { csumType: 'sctp', csumOffset: 8, csumFlags: 0 })
  t.deepEqual(checksumOf(headers.udplite, 'sport'), { csumType: 'none', csumOffset: 0, csumFlags: 0 })
})

for (const [i, [text, expressions]] of CASES.entries()) {
  test(`a rule that nft(8) would not make is listed as far as it is certain: ${i}, ${text}`, (t) => {
    const rule = { family: 'ip', table: 't', chain: 'c', expressions } as unknown as NftRule
    t.is(formatRule(rule, { family: 'ip', sets: [] }), text)
  })
}
