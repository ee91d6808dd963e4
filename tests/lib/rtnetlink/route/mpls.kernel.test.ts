import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { Netns, type RouteSpec, RtNetlink } from '../../../../lib/index.js'
import { testUnless } from '../../../helpers/needs.js'
import { netnsName } from '../../../helpers/sandbox.js'

const mplsTest = testUnless(existsSync('/proc/sys/net/mpls') ? undefined : 'this kernel has no MPLS')

/** Routes, and how ip(8) writes them. */
const ROUTES: readonly [RouteSpec, string][] = [
  [
    { family: 'mpls', dst: '100', newdst: '200/300', gateway: '192.0.2.2', oif: 'd0' },
    '100 as to 200/300 via inet 192.0.2.2 dev d0',
  ],
  [
    { family: 'mpls', dst: '101', gateway: '2001:db8::2', oif: 'd0', protocol: 'static' },
    '101 via inet6 2001:db8::2 dev d0 proto static',
  ],
  [{ family: 'mpls', dst: '102', oif: 'lo' }, '102 dev lo'],
  [
    { family: 'mpls', dst: '103', newdst: '7', via: '02:00:00:00:00:05', oif: 'd0' },
    '103 as to 7 via link 02:00:00:00:00:05 dev d0',
  ],
  [
    {
      family: 'mpls',
      dst: '104',
      multipath: [
        { newdst: '400', gateway: '192.0.2.2', oif: 'd0' },
        { newdst: '500', gateway: '2001:db8::2', oif: 'd0' },
      ],
    },
    '104 nexthop as to 400 via inet 192.0.2.2 dev d0 nexthop as to 500 via inet6 2001:db8::2 dev d0',
  ],
]

mplsTest('MPLS routes are added, listed, deleted as they were listed, and added again', async (t) => {
  const name = netnsName(t)
  using netns = Netns.create(name)
  netns.sysctl.set('net.mpls.platform_labels', 1000)
  await using net = await RtNetlink.open({ netns })
  await net.links.add({ kind: 'dummy', name: 'd0', up: true })
  await net.links.set('lo', { up: true })
  await net.addresses.add({ link: 'd0', address: '192.0.2.1/24' })
  await net.addresses.add({ link: 'd0', address: '2001:db8::1/64', flags: ['nodad'] })
  const text = () =>
    execFileSync('ip', ['-n', name, '-f', 'mpls', 'route'], { encoding: 'utf8' })
      .split(/\n(?=\d)/)
      .map((line) => line.replace(/\s+/g, ' ').trim())
  for (const [spec] of ROUTES) await net.routes.add(spec)
  const shown = ROUTES.map(([, line]) => line)
  t.deepEqual(text(), shown)

  const listed = await net.routes.list({ family: 'mpls' })
  t.deepEqual(
    listed.map(({ dst }) => dst),
    ROUTES.map(([{ dst }]) => dst),
  )
  t.like(listed[0], { newdst: '200/300', via: '192.0.2.2', protocol: 'boot', table: 'main' })
  t.is((await net.routes.list()).filter(({ family }) => family === 'mpls').length, ROUTES.length)
  t.true((await net.routes.list({ family: 'inet' })).every(({ family }) => family === 'inet'))
  for (const route of listed) await net.routes.delete(route)
  t.deepEqual(await net.routes.list({ family: 'mpls' }), [])
  for (const route of listed) await net.routes.add(route)
  t.deepEqual(await net.routes.list({ family: 'mpls' }), listed)
  t.deepEqual(text(), shown)
  await net.routes.replace({ family: 'mpls', dst: '100', newdst: '201', gateway: '192.0.2.2', oif: 'd0' })
  t.is((await net.routes.list({ family: 'mpls' }))[0]?.newdst, '201')
  await net.routes.delete({ family: 'mpls', dst: '100' })
  t.is((await net.routes.list({ family: 'mpls' })).length, ROUTES.length - 1)
})
