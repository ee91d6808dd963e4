import test from 'ava'
import { readAddress } from '../../../lib/rtnetlink/address/spec.js'
import { links } from '../../../lib/rtnetlink/link/object.js'
import { readNeighbour } from '../../../lib/rtnetlink/neighbour/spec.js'
import { readRoute } from '../../../lib/rtnetlink/route/read.js'
import { readRule } from '../../../lib/rtnetlink/rule/spec.js'
import { align, routeMessage, viewOf, Writer } from '../../../protocol/index.js'

/** A message of a family: a header of this many bytes, and the attributes 1 and 2 with three bytes, which is no address. */
function message(family: number, headerSize: number): Uint8Array {
  const bytes = new Uint8Array(align(headerSize) + 16)
  bytes[0] = family
  for (const [i, type] of [1, 2].entries()) bytes.set([7, 0, type, 0, 1, 2, 3, 0], align(headerSize) + 8 * i)
  return bytes
}

/** RTNL_FAMILY_IPMR, RTNL_FAMILY_IP6MR, AF_BRIDGE, AF_DECnet, AF_PHONET, AF_MCTP, one that does not exist. */
const FAMILIES = [128, 129, 7, 12, 35, 45, 200, 0]

const READERS: readonly [string, number, (view: DataView, at: number, length: number) => unknown][] = [
  ['routes', 12, readRoute],
  ['rules', 12, readRule],
  ['addresses', 8, readAddress],
  ['neighbours', 12, readNeighbour],
]

for (const [title, size, read] of READERS) {
  test(`${title} of families that are not known are left out, whatever they contain`, (t) => {
    for (const family of [...FAMILIES, ...(title === 'routes' ? [] : [28])]) {
      const bytes = message(family, size)
      t.is(read(viewOf(bytes), 0, bytes.length), undefined, String(family))
    }
    t.is(read(viewOf(new Uint8Array(0)), 0, 0), undefined)
  })
}

test('links of other families are left out', (t) => {
  for (const family of FAMILIES.slice(0, -1)) {
    const bytes = message(family, 16)
    t.is(links.description.read(viewOf(bytes), 0, bytes.length), undefined)
  }
})

test('the messages of MPLS routes are read and written', (t) => {
  const value = { family: 'mpls', dstLen: 20, dst: '100', newdst: '200/300', via: '192.0.2.1' } as const
  const out = new Writer()
  routeMessage.encode(out, value, {})
  const { bytes } = out
  t.deepEqual([...bytes.subarray(12, 20)], [8, 0, 1, 0, 0, 6, 0x41, 0])
  t.deepEqual([...bytes.subarray(20, 32)], [12, 0, 19, 0, 0, 12, 0x80, 0, 0, 18, 0xc1, 0])
  t.deepEqual([...bytes.subarray(32, 42)], [10, 0, 18, 0, 2, 0, 192, 0, 2, 1])
  t.like(routeMessage.decode(out.view, 0, out.at, {}), value)
  t.like(readRoute(out.view, 0, out.at), { family: 'mpls', dst: '100', newdst: '200/300', via: '192.0.2.1' })
})

test('a next hop may be a link-layer address', (t) => {
  const out = new Writer()
  routeMessage.encode(out, { family: 'mpls', via: '02:00:00:00:00:05' }, {})
  t.deepEqual([...out.written().subarray(12)], [12, 0, 18, 0, 17, 0, 2, 0, 0, 0, 0, 5])
  t.is(readRoute(out.view, 0, out.at)?.via, '02:00:00:00:00:05')
})

test('what is no label is refused', (t) => {
  for (const dst of ['', '1048576', '-1', '1/', 'a', '0x10', '01', '10.0.0.1']) {
    t.throws(() => routeMessage.encode(new Writer(), { family: 'mpls', dst }, {}), {
      code: 'ERR_NETLINK_ENCODE',
      message: /^dst must be labels/,
    })
  }
})
