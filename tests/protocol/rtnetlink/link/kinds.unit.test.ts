import test from 'ava'
import { attributes, linkInfoOf, linkKind, struct, u32, viewOf, Writer } from '../../../../protocol/index.js'
import { Project } from '../../../helpers/typescript.js'

const IMPORTS = `
import type { Link, LinkChangesOf, LinkOf, LinkSpec, LinkSpecOf } from 'rtnetlink/lib/rtnetlink/link/types.js'
import * as p from 'rtnetlink/protocol/index.js'
`

const KINDS = 60
/** Every fifth kind has slave data, every tenth a peer. */
const hasSlave = (n: number) => n % 5 === 0
const hasPeer = (n: number) => n % 10 === 1

/** Kind `k7`: fifteen attributes, of which `mode` has names of its own. */
const declaration = (n: number) => `
const k${n} = p.linkKind('k${n}', {
  data: p.attributes({
    /** The mode of k${n}. */
    mode: [1, p.enumeration(p.u8, { off: 0, on${n}: 1, auto${n}: 2 })],
    flags: [2, p.bitFlags(p.u32, { a${n}: 1, b${n}: 2, c: 4 })],
    id: [3, p.u32],
    port: [4, p.be16],
    local: [5, p.ipv4],
    remote: [6, p.ip],
    name${n}: [7, p.text({ max: 15 })],
    learning: [8, p.bool(p.u8)],
    range: [9, p.struct({ low: p.be16, high: p.be16 })],
    list: [10, p.listOf(1, p.struct({ from: p.u32, to: p.u32 }))],
    values: [11, p.arrayOf(p.u32)],
    gbp: [12, p.flag],
    timer: [13, p.u64],
    nested: [14, p.attributes({ x: [1, p.u32], y${n}: [2, p.mac] })],
    peer: [15, ${hasPeer(n) ? 'p.peerMessage' : 'p.hardwareAddress'}],
  }),
  ${hasPeer(n) ? "peer: 'peer'," : ''}
  ${hasSlave(n) ? `slave: p.attributes({ cost${n}: [1, p.u32], state: [2, p.enumeration(p.u8, { up${n}: 1 })] }),` : ''}
  volatile: { data: ['timer'] },
})`

const numbers = Array.from({ length: KINDS }, (_, n) => n)
const DECLARATIONS = `${IMPORTS}${numbers.map(declaration).join('')}
const bare = p.linkKind('bare')
const kinds = [bare, ${numbers.map((n) => `k${n}`).join(', ')}] as const
const info = p.linkInfoOf(kinds)
type Kinds = typeof kinds
declare const link: LinkOf<Kinds>
declare const decoded: p.Value<typeof info>
`

test.serial('60 kinds of 15 attributes, 12 of them with slave data, compile within 4 seconds', async (t) => {
  await using project = new Project(`${DECLARATIONS}
const specs: LinkSpecOf<Kinds>[] = [${numbers
    .map(
      (n) =>
        `{ kind: 'k${n}', data: { mode: 'on${n}', id: 1, nested: { y${n}: '02:00:00:00:00:01' } }${hasPeer(n) ? ", peer: { name: 'a' }" : ''} }`,
    )
    .join(', ')}]
const inputs: p.Input<typeof info>[] = [${numbers.map((n) => `{ kind: 'k${n}', data: { mode: 'auto${n}' } }`).join(', ')}]
const changes: LinkChangesOf<Kinds>[] = [${numbers.filter(hasSlave).map((n) => `{ slave: { kind: 'k${n}', data: { state: 'up${n}' } } }`)}]
export const mode = (): 'off' | 'on7' | 'auto7' | number | undefined => link.kind === 'k7' ? link.data?.mode : undefined
export const cost = (): number | undefined => link.slave?.kind === 'k10' ? link.slave.data?.cost10 : undefined
export const y = (): string | undefined => decoded.kind === 'k59' ? decoded.data?.nested?.y59 : undefined
export const all: LinkOf<Kinds>[] = [link]
export { changes, inputs, specs }
`)
  const { errors, ms } = await project.compile()
  t.deepEqual(errors, [])
  t.log(`${Math.round(ms)} ms`)
  t.true(ms < 4000, `${Math.round(ms)} ms`)
})

test.serial('a wrong option of a kind is reported with the options of that kind', async (t) => {
  await using project = new Project(`${DECLARATIONS}
export const word: LinkSpecOf<Kinds> = { kind: 'k7', data: { mode: 'on8' } }
export const option: LinkSpecOf<Kinds> = { kind: 'k8', data: { name9: 'x' } }
export const input: p.Input<typeof info> = { kind: 'k9', data: { mode: 'on8' } }
export const real: LinkSpec = { kind: 'vlan', data: { protocol: '802.1q' } }
export const timer = p.linkKind('t', { data: p.attributes({ a: [1, p.u8] }), volatile: { data: ['b'] } })
`)
  const { errors } = await project.compile()
  t.is(errors.length, 5, errors.join('\n'))
  const [word, option, input, real, timer] = errors
  t.regex(
    word ?? '',
    /Type '"on8"' is not assignable to type 'number \| "auto7" \| "off" \| "on7" \| undefined'/,
  )
  t.regex(option ?? '', /'name9' does not exist in type .*auto8/)
  t.regex(input ?? '', /'"on8"' is not assignable to type 'number \| "auto9" \| "off" \| "on9" \| undefined'/)
  t.regex(real ?? '', /'number \| "802.1Q" \| "802.1ad" \| undefined'\. Did you mean '"802.1Q"'\?/)
  t.regex(timer ?? '', /'"b"' is not assignable to type '"a"'/)
})

test.serial('an editor shows the members of a kind, and leads to their documentation', async (t) => {
  await using project = new Project(`${IMPORTS}
declare const link: Link
if (link.kind === 'vlan' && link.data) {
  const read = link.data
  read.protocol
}
export const spec: LinkSpec = {
  kind: 'vlan', name: 'vlan5',
  data: { id: 5, protocol: '802.1Q' },
}
`)
  const read = await project.hover('const read', 'read')
  t.regex(read, /^ {4}id\?: number;$/m)
  t.regex(read, /^ {4}egressQos\?: \{\n {8}from: number;\n {8}to: number;\n {4}\}\[\];$/m)
  t.notRegex(read, /Codec|Value<|Input<|Pick<|Omit</)
  t.regex(await project.hover('read.protocol', 'protocol'), /protocol\?: number \| "802.1Q" \| "802.1ad"/)
  const data = await project.hover('data: {', 'data')
  t.regex(data, /^ {4}readonly id\?: number \| undefined;$/m)
  t.notRegex(data, /Codec|Value<|Input<|Pick<|Omit</)
  t.is(project.hoverComment('read.protocol', 'protocol'), 'IFLA_VLAN_PROTOCOL')
  t.is(project.hoverComment('data: {', 'id'), 'IFLA_VLAN_ID: 0 to 4095')
  t.is(await project.documentation('read.protocol', 'protocol'), '/** IFLA_VLAN_PROTOCOL */')
  t.is(await project.documentation('data: {', 'id'), '/** IFLA_VLAN_ID: 0 to 4095 */')
  t.is(
    await project.documentation("name: 'vlan5'", 'name'),
    '/** At most 15 bytes. By default the kernel chooses one by the kind: `veth0`. */',
  )
})

test('statistics and slave data are decoded by their kinds, and are raw bytes for kinds without a declaration', (t) => {
  const info = linkInfoOf([
    linkKind('can', { xstats: struct({ busErrors: u32 }) }),
    linkKind('bond', { slave: attributes({ state: [1, u32] }) }),
  ])
  const roundTrip = (value: Parameters<typeof info.encode>[1]): unknown => {
    const out = new Writer()
    info.encode(out, value, {})
    return info.decode(viewOf(out.written()), 0, out.at, {})
  }
  const declared = {
    kind: 'can',
    xstats: { busErrors: 3 },
    slaveKind: 'bond',
    slaveData: { state: 1 },
  } as const
  t.deepEqual(roundTrip(declared), declared)
  const raw = { slaveKind: 'team', slaveData: Uint8Array.of(1, 2, 3, 4) }
  t.deepEqual(roundTrip(raw), raw)
})
