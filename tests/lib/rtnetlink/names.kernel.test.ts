import type { ExecutionContext } from 'ava'
import { ArgumentError, echo, isLinkNotFoundError, LinkNotFoundError, RtNetlink } from '../../../lib/index.js'
import { EncodeError, linkMessage, messageFlag, rtm } from '../../../protocol/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { openFiles } from '../../helpers/open-files.js'
import { type Sandbox, sandbox } from '../../helpers/sandbox.js'

/** Adds an alternative name. By a message, since ip(8) refuses some that the kernel takes. */
function addAltName(net: RtNetlink, link: string, altIfname: string): Promise<void> {
  return net.raw.request({
    type: rtm.newlinkprop,
    flags: messageFlag.create | messageFlag.exclusive | messageFlag.append,
    codec: linkMessage,
    value: { family: 'unspec', ifname: link, propList: { altIfname: [altIfname] } },
  })
}

/** A sandbox with the links `names`, whose other ends are `o0`, `o1`, … */
async function withLinks(t: ExecutionContext<unknown>, ...names: string[]): Promise<Sandbox> {
  const here = await sandbox(t)
  for (const [i, name] of names.entries()) {
    await here.net.links.add({ kind: 'veth', name, peer: { name: `o${i}` } })
  }
  return here
}

const addressesOf = async (net: RtNetlink, link: string) =>
  (await net.addresses.list({ link })).map(({ address }) => address)

/** Every call that refers to a link by its name, with what it names the argument. */
const REFERENCES: Readonly<Record<string, (net: RtNetlink, link: string) => Promise<unknown>>> = {
  'addresses.add': (net, link) => net.addresses.add({ link, address: '192.0.2.1/24' }),
  'addresses.delete': (net, link) => net.addresses.delete({ link, address: '192.0.2.1/24' }),
  'addresses.list': (net, link) => net.addresses.list({ link }),
  'addresses.flush': (net, link) => net.addresses.flush({ link }),
  'addresses.addAll': (net, link) =>
    net.addresses.addAll([{ link, address: '192.0.2.1/24' }]).catch((error) => {
      throw error.errors?.[0] ?? error
    }),
  'links.get': (net, link) => net.links.get(link),
  'links.set': (net, link) => net.links.set(link, { mtu: 1400 }),
  'links.set master': (net, link) => net.links.set('lo', { master: link }),
  'links.delete': (net, link) => net.links.delete(link),
  'links.list master': (net, link) => net.links.list({ master: link }),
  'links.add link': (net, link) =>
    net.links.add({ kind: 'macvlan', name: 'new', link, data: { mode: 'bridge' } }),
  'neighbours.add': (net, link) =>
    net.neighbours.add({ link, dst: '192.0.2.9', lladdr: '02:00:00:00:00:09', state: 'permanent' }),
  'neighbours.list': (net, link) => net.neighbours.list({ link }),
  'neighbours.list master': (net, link) => net.neighbours.list({ master: link }),
  'routes.add': (net, link) => net.routes.add({ dst: '198.51.100.0/24', oif: link }),
  'routes.add via': (net, link) =>
    net.routes.add({ dst: '198.51.100.0/24', multipath: [{ oif: link, via: '192.0.2.9' }] } as never),
  'routes.list': (net, link) => net.routes.list({ oif: link }),
  'routes.get': (net, link) => net.routes.get('192.0.2.9', { oif: link }),
}

const NO_NAMES = [
  '',
  'd0\0junk',
  '\0',
  '.',
  '..',
  'd0/',
  '/d0',
  'd0 ',
  ' d0',
  'd0\n',
  'd0:',
  'd0:1',
  '\ud800',
  'x'.repeat(128),
]

kernelTest('what cannot be the name of a link is refused wherever a link is referred to', async (t) => {
  const { net } = await withLinks(t, 'd0')
  for (const [call, act] of Object.entries(REFERENCES)) {
    for (const name of NO_NAMES) {
      const error = await t.throwsAsync(act(net, name), undefined, `${call} ${JSON.stringify(name)}`)
      t.true(error instanceof ArgumentError, `${call} ${JSON.stringify(name)}: ${error}`)
    }
  }
  t.deepEqual(await addressesOf(net, 'd0'), [])
  t.is((await net.links.get('d0')).mtu, 1500)
  t.is((await net.links.list()).length, 3)
})

kernelTest('a long name never acts on the link whose name it begins with', async (t) => {
  const { net } = await withLinks(t, 'äääääääx', '漢字漢字漢', 'fifteen-bytes-x')
  for (const name of [
    'äääääääxyz',
    'äääääääxy',
    '漢字漢字漢字漢字',
    'fifteen-bytes-xy',
    'fifteen-bytes-x:1',
  ]) {
    for (const [call, act] of Object.entries(REFERENCES)) {
      const error = await t.throwsAsync(act(net, name), undefined, `${call} ${name}`)
      t.true(isLinkNotFoundError(error), `${call} ${name}: ${error}`)
    }
  }
  for (const link of ['äääääääx', '漢字漢字漢', 'fifteen-bytes-x'])
    t.deepEqual(await addressesOf(net, link), [])
})

kernelTest('names that no link can have are refused where links get names', async (t) => {
  const { net } = await withLinks(t, 'd0')
  const names = [
    '',
    '.',
    '..',
    'a/b',
    'a b',
    'a\t',
    'a:b',
    'a\0b',
    'à',
    'x'.repeat(16),
    'äääääääx1',
    '\ud800',
  ]
  for (const name of names) {
    for (const act of [
      () => net.links.add({ kind: 'bridge', name }),
      () => net.links.add({ kind: 'veth', name: 'v0', peer: { name } }),
      () => net.links.set('d0', { name }),
    ]) {
      const error = await t.throwsAsync(act(), { instanceOf: EncodeError }, JSON.stringify(name))
      t.regex(error?.message ?? '', /ifname must be the name of a link: 1 to 15 bytes without /)
    }
  }
  t.deepEqual((await net.links.list()).map((link) => link.name).sort(), ['d0', 'lo', 'o0'])
})

kernelTest('rules match names as text: labels are taken, alternative names refused', async (t) => {
  const { net } = await withLinks(t, 'd0')
  await addAltName(net, 'd0', 'an-alternative-name')
  await net.rules.add({ iifname: 'd0:1', priority: 100 })
  t.is((await net.rules.list()).find(({ priority }) => priority === 100)?.iifname, 'd0:1')
  for (const name of ['an-alternative-name', 'äääääääxyz', '', 'a/b', 'a b', 'a\0b', '.', '..']) {
    for (const key of ['iifname', 'oifname']) {
      await t.throwsAsync(async () => net.rules.add({ [key]: name, priority: 101 }), {
        instanceOf: EncodeError,
        message: new RegExp(
          `^${key} must be the name of a link, which is compared as text \\(alternative names never`,
        ),
      })
    }
  }
})

/* 16, 24 and 127 bytes; with a colon, and with what names may not have; one that is not UTF-8. */
const ALT_NAMES = [
  'short',
  'sixteen-bytes-xy',
  '漢字漢字漢字漢字',
  'x'.repeat(127),
  'a:b',
  'a/b',
  'a b',
  '..',
  'd0:1',
  '\ufeffd0',
  '\udcffd0',
]

kernelTest('alternative names work wherever a link is referred to', async (t) => {
  for (const alt of ALT_NAMES) {
    const { net } = await withLinks(t, 'd0', '漢字漢字漢')
    await net.links.add({ kind: 'bridge', name: 'b0' })
    const { index } = await net.links.get('d0')
    // Not awaited one by one: each sees what was asked before.
    const requests = [
      addAltName(net, 'd0', alt),
      addAltName(net, 'b0', `${alt}b`.slice(-127)),
      net.links.set(alt, { up: true, mtu: 1400 }),
      net.addresses.add({ link: alt, address: '192.0.2.1/24' }),
      net.routes.add({ dst: '198.51.100.0/24', oif: alt }),
      net.neighbours.add({ link: alt, dst: '192.0.2.9', lladdr: '02:00:00:00:00:09', state: 'permanent' }),
    ]
    await Promise.all(requests)
    t.like(await net.links.get(alt), { name: 'd0', index, mtu: 1400, propList: { altIfname: [alt] } })
    t.deepEqual(await addressesOf(net, alt), ['192.0.2.1/24'])
    t.deepEqual(await addressesOf(net, '漢字漢字漢'), [])
    t.is(
      (await net.routes.list({ oif: alt })).some(({ dst }) => dst === '198.51.100.0/24'),
      true,
    )
    t.is((await net.neighbours.list({ link: alt })).length, 1)
    await net.links.add({ kind: 'macvlan', name: 'm0', link: alt, data: { mode: 'bridge' } })
    t.is((await net.links.get('m0')).link, index)
    await net.links.delete('m0')
    const master = `${alt}b`.slice(-127)
    if (alt.length < 127) {
      await net.links.set(alt, { master })
      t.deepEqual(
        (await net.links.list({ master })).map(({ name }) => name),
        ['d0'],
      )
    }
    await net.links.delete(alt)
    await t.throwsAsync(net.links.get('d0'), { instanceOf: LinkNotFoundError })
  }
})

kernelTest('echo finds alternative names, as its link and as a zone', async (t) => {
  const { net, netns } = await withLinks(t, 'd0')
  await net.links.set('lo', { up: true })
  await addAltName(net, 'lo', 'the-loopback-link')
  const before = openFiles()
  t.is((await echo('127.0.0.1', { netns, link: 'the-loopback-link' })).address, '127.0.0.1')
  for (const link of ['no-link-has-this-name', 'none']) {
    await t.throwsAsync(echo('127.0.0.1', { netns, link }), { instanceOf: LinkNotFoundError })
    await t.throwsAsync(echo(`fe80::1%${link}`, { netns }), { instanceOf: LinkNotFoundError })
    await t.throwsAsync(netns.udp({ host: `fe80::1%${link}` }), { instanceOf: LinkNotFoundError })
  }
  for (const link of ['lo\0', 'lo:1', 'a/b', '']) {
    await t.throwsAsync(echo('127.0.0.1', { netns, link }), { instanceOf: ArgumentError })
    await t.throwsAsync(echo(`fe80::1%${link}`, { netns }), { instanceOf: ArgumentError })
    await t.throwsAsync(netns.udp({ host: `fe80::1%${link}` }), { instanceOf: ArgumentError })
  }
  t.is(openFiles(), before)
})

kernelTest('a missing link is the same error by whatever call', async (t) => {
  const { net } = await withLinks(t, 'd0')
  for (const link of ['none', 'no-link-has-this-name', 'x'.repeat(127), 999, '\udcff']) {
    const errors: LinkNotFoundError[] = []
    for (const act of [
      () => net.links.get(link),
      () => net.links.get(link, { stats: true }),
      () => net.links.set(link, { up: true }),
      () => net.links.delete(link),
      () => net.addresses.list({ link }),
      () => net.addresses.add({ link, address: '192.0.2.1/24' }),
      () => net.neighbours.list({ link }),
    ]) {
      errors.push((await t.throwsAsync(act(), { instanceOf: LinkNotFoundError }, String(link))) as never)
    }
    for (const { name, code, argument, link: which, message } of errors) {
      t.deepEqual(
        { name, code, argument, link: which, message },
        {
          name: 'LinkNotFoundError',
          code: 'ENODEV',
          argument: 'link',
          link,
          message: errors[0]?.message as string,
        },
      )
    }
  }
})

kernelTest('names and aliases that are not UTF-8 can be asked for again, and written back', async (t) => {
  const { net } = await withLinks(t, '\udcff\udc80x', '\ufeffd0', 'é')
  for (const { name } of await net.links.list()) {
    if (name === 'lo' || name === undefined) continue
    t.is((await net.links.get(name)).name, name)
    await net.links.set(name, { ifalias: `${name}\udcfe` })
    const alias = (await net.links.get(name)).ifalias
    t.is(alias, `${name}\udcfe`)
    await net.links.set(name, { ifalias: alias })
    t.is((await net.links.list()).find((link) => link.name === name)?.ifalias, alias)
    await net.rules.add({ iifname: name, priority: 200 })
    t.is((await net.rules.list()).find(({ priority }) => priority === 200)?.iifname, name)
    await net.rules.delete({ iifname: name, priority: 200 })
  }
  const raw = await net.raw.query(
    { type: rtm.getlink, codec: linkMessage, value: { family: 'unspec', ifname: '\udcff\udc80x' } },
    linkMessage,
  )
  t.is(raw.ifname, '\udcff\udc80x')
  await net.links.delete('\udcff\udc80x')
  await net.links.delete('\ufeffd0')
  t.deepEqual((await net.links.list()).map(({ name }) => name).sort(), ['lo', 'o2', 'é'])
  // An escape of what is UTF-8 would come back as another text.
  await t.throwsAsync(net.links.set('é', { ifalias: '\udcc3\udca9' }), { instanceOf: EncodeError })
  await t.throwsAsync(net.links.set('\udcc3\udca9', { up: true }), { instanceOf: ArgumentError })
})

kernelTest(
  'looking alternative names up leaves no open file, and opens none where it is not needed',
  async (t) => {
    const { netns } = await withLinks(t, 'd0')
    const outside = openFiles()
    const net = await RtNetlink.open({ netns })
    const before = openFiles()
    await net.links.set('d0', { up: true })
    await addAltName(net, 'd0', 'an-alternative-name')
    t.is(openFiles(), before)
    for (let i = 0; i < 100; i++) {
      await net.links.set('an-alternative-name', { up: i % 2 === 0 })
      await t.throwsAsync(net.links.set('no-link-has-this-name', { up: true }), {
        instanceOf: LinkNotFoundError,
      })
    }
    t.true(openFiles() <= before + 1)
    net.close()
    t.is(openFiles(), outside)
  },
)

kernelTest('a link with 300 alternative names is found by each', async (t) => {
  const { net } = await withLinks(t, 'd0')
  const names = Array.from({ length: 300 }, (_, i) => `${i}-${'n'.repeat(100)}`)
  await Promise.all(names.map((name) => addAltName(net, 'd0', name)))
  await Promise.all(
    names.map((link, i) => net.addresses.add({ link, address: `10.0.${i >> 8}.${i & 255}/32` })),
  )
  t.is((await addressesOf(net, 'd0')).length, 300)
})
