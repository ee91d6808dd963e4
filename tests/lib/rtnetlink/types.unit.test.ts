import test from 'ava'
import type { Link, LinkSpec } from '../../../lib/index.js'
import type { LinkInfo, LinkInfoInput, LinkMessage, RouteMessageInput } from '../../../protocol/index.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <T extends true>(): T => true as T

test('the type of data follows from the kind of link', (t) => {
  const info: LinkInfoInput = { kind: 'macvlan', data: { mode: 'bridge' } }
  // @ts-expect-error 'brige' is no mode
  const typo: LinkInfoInput = { kind: 'macvlan', data: { mode: 'brige' } }
  // @ts-expect-error a vlan has no mode
  const foreign: LinkInfoInput = { kind: 'vlan', data: { mode: 'bridge' } }
  t.truthy([info, typo, foreign])

  const read = (link: LinkInfo) => (link.kind === 'vxlan' ? link.data?.id : undefined)
  t.true(holds<Equal<ReturnType<typeof read>, number | undefined>>())
})

test('a message has its header fields and its attributes in one object', (t) => {
  t.true(holds<Equal<LinkMessage['index'], number>>())
  t.true(holds<Equal<LinkMessage['ifname'], string | undefined>>())
  const route: RouteMessageInput = {
    family: 'inet',
    table: 'main',
    protocol: 42,
    dst: '192.0.2.0',
    dstLen: 24,
  }
  // @ts-expect-error a table has a name that is known, or a number
  const unknown: RouteMessageInput = { table: 'mian' }
  t.truthy([route, unknown])
})

test('narrowing a listed link by its kind narrows its data', (t) => {
  const read = (link: Link) => (link.kind === 'vxlan' ? link.data?.id : undefined)
  t.true(holds<Equal<ReturnType<typeof read>, number | undefined>>())
  const port = (link: Link) => (link.slave?.kind === 'bridge' ? link.slave.data?.isolated : undefined)
  t.true(holds<Equal<ReturnType<typeof port>, boolean | undefined>>())
  const specs: LinkSpec[] = [
    { kind: 'veth', peer: { name: 'a', netns: 'blue' } },
    { kind: 'macvlan', link: 'eth0', data: { mode: 'bridge' } },
    // @ts-expect-error a bridge has no peer
    { kind: 'bridge', peer: { name: 'a' } },
    // @ts-expect-error a peer is brought up later
    { kind: 'veth', peer: { up: true } },
    // @ts-expect-error there is no such kind
    { kind: 'vehicle' },
  ]
  t.is(specs.length, 5)
})
