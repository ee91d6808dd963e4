import { ArgumentError, LinkNotFoundError } from '../../../../lib/index.js'
import { kernelTest } from '../../../helpers/needs.js'
import { joined } from '../../../helpers/sandbox.js'

kernelTest('an IPv6 route is looked up as for a packet', async (t) => {
  const { here } = await joined(t)
  const { addresses, routes, links } = here.net
  await addresses.add({ link: 'left', address: '2001:db8::1/64', flags: ['nodad'] })
  await routes.add({ dst: '2001:db8:1::/48', gateway: '2001:db8::2' })
  const left = (await links.get('left')).index
  t.like(await routes.get('::1'), { family: 'inet6', dst: '::1/128', type: 'local' })
  t.like(await routes.get('2001:db8:1::9'), { dst: '2001:db8:1::9/128', gateway: '2001:db8::2', oif: left })
  t.like(await routes.get('2001:db8:1::9', { fibMatch: true }), { dst: '2001:db8:1::/48' })
  const options = { src: '2001:db8::1', oif: 'left', mark: 1, uid: 0, ipProto: 17, sport: 1, dport: 2 }
  t.like(await routes.get('2001:db8:1::9', options), { oif: left })
  t.like(await routes.get('2001:db8:1::9', { tos: 0x10 }), { oif: left })
  await t.throwsAsync(routes.get('2001:db8:2::1'), { code: 'ENETUNREACH' })
})

kernelTest('the zone of an address is the link to leave by: by name, by index', async (t) => {
  const { here } = await joined(t)
  const { routes, links } = here.net
  await links.add({ kind: 'ifb', name: 'other' })
  await links.set('other', { up: true })
  const left = (await links.get('left')).index
  const other = (await links.get('other')).index
  t.is((await routes.get('fe80::9%left')).oif, left)
  t.is((await routes.get('fe80::9%other')).oif, other)
  t.is((await routes.get(`fe80::9%${left}`)).oif, left)
  t.is((await routes.get('fe80::9%left', { oif: 'left', fibMatch: true })).oif, left)
  await t.throwsAsync(routes.get('fe80::9%left', { oif: 'other' }), {
    instanceOf: ArgumentError,
    message: /^oif /,
  })
  await t.throwsAsync(routes.get('fe80::9%nope'), { instanceOf: LinkNotFoundError })
  await t.throwsAsync(routes.get('192.0.2.9%left'), { instanceOf: ArgumentError, message: /zone/ })
})

kernelTest('the result of a look-up can be passed back', async (t) => {
  const { here } = await joined(t)
  const { routes } = here.net
  const found = await routes.get('192.0.2.9', { src: '192.0.2.1', mark: 5, uid: 0 })
  t.like(found, { src: '192.0.2.1/32', mark: 5, uid: 0, flags: ['cloned'] })
  await routes.add({ ...found, table: 100, protocol: 'static' })
  t.like((await routes.list({ table: 100 }))[0], { dst: '192.0.2.9/32', oif: found.oif, protocol: 'static' })
  const whole = await routes.get('192.0.2.9', { fibMatch: true })
  await routes.delete(whole)
  await routes.add(whole)
  t.deepEqual(await routes.get('192.0.2.9', { fibMatch: true }), whole)
})
