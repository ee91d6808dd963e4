import { ArgumentError, type RtNetlink } from '../../../lib/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { joined } from '../../helpers/sandbox.js'

/** Filters that list the same, with names and with numbers. */
const ALIKE: readonly [(net: RtNetlink) => Promise<unknown[]>, (net: RtNetlink) => Promise<unknown[]>][] = [
  [({ routes }) => routes.list({ table: 'main' }), ({ routes }) => routes.list({ table: 254 })],
  [({ routes }) => routes.list({ table: 'local' }), ({ routes }) => routes.list({ table: 255 })],
  [({ routes }) => routes.list({ protocol: 'kernel' }), ({ routes }) => routes.list({ protocol: 2 })],
  [({ routes }) => routes.list({ type: 'unicast' }), ({ routes }) => routes.list({ type: 1 })],
  [({ routes }) => routes.list({ family: 'inet' }), ({ routes }) => routes.list({ family: 2 as never })],
  [({ rules }) => rules.list({ table: 'main' }), ({ rules }) => rules.list({ table: 254 })],
  [({ rules }) => rules.list({ family: 'inet6' }), ({ rules }) => rules.list({ family: 10 as never })],
  [({ addresses }) => addresses.list({ scope: 'global' }), ({ addresses }) => addresses.list({ scope: 0 })],
  [
    ({ addresses }) => addresses.list({ family: 'inet' }),
    ({ addresses }) => addresses.list({ family: 2 as never }),
  ],
  [
    ({ neighbours }) => neighbours.list({ state: 'permanent' }),
    ({ neighbours }) => neighbours.list({ state: 0x80 }),
  ],
]

kernelTest('filters take a name or its number', async (t) => {
  const { here } = await joined(t)
  const { net } = here
  await net.neighbours.add({ link: 'left', dst: '192.0.2.9', lladdr: '02:00:00:00:00:09' })
  for (const [byName, byNumber] of ALIKE) {
    const named = await byName(net)
    t.true(named.length > 0, String(byName))
    t.is((await byNumber(net)).length, named.length, String(byNumber))
  }
  t.is(await net.neighbours.flush({ state: 0x80, link: 'left' }), 1)
})

kernelTest('misspelt names in filters are refused with the nearest one', async (t) => {
  const { here } = await joined(t)
  const { net } = here
  const refused = (list: Promise<unknown>, message: RegExp) =>
    t.throwsAsync(list, { instanceOf: ArgumentError, message })
  await refused(
    net.neighbours.list({ state: 'permanant' as never }),
    /^filter\.state .*did you mean "permanent"/,
  )
  await refused(net.routes.list({ table: 'mian' as never }), /^filter\.table .*did you mean "main"/)
  await refused(net.rules.list({ table: 'locl' as never }), /^filter\.table .*did you mean "local"/)
  await refused(net.routes.list({ protocol: 'statci' as never }), /^filter\.protocol .*did you mean "static"/)
  await refused(net.routes.list({ type: 'blakhole' as never }), /^filter\.type .*did you mean "blackhole"/)
  await refused(net.addresses.list({ scope: 'globl' as never }), /^filter\.scope .*did you mean "global"/)
  await refused(
    net.addresses.list({ family: 'ipv4' as never }),
    /^filter\.family must be "inet" or "inet6", got "ipv4"/,
  )
  await refused(net.neighbours.list({ family: 'bridge' as never }), /^filter\.family /)
  await refused(net.links.list({ kind: 'VETH' }), /^filter\.kind .*did you mean "veth"/)
  await refused(net.links.list({ kind: 5 as never }), /^filter\.kind /)
  await refused(net.neighbours.list({ proxy: 1 as never }), /^filter\.proxy must be true or false/)
  await refused(net.links.list({ stats: 'yes' as never }), /^filter\.stats must be true or false/)
  await refused(net.rules.list({ priority: '5' as never }), /^filter\.priority must be an integer/)
  // Kernel modules bring kinds that are not declared here.
  t.deepEqual(await net.links.list({ kind: 'wireguard' }), [])
})
