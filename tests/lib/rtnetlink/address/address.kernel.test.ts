import { ArgumentError, EncodeError, LinkNotFoundError, NetlinkError } from '../../../../lib/index.js'
import { kernelTest } from '../../../helpers/needs.js'
import { joined, sandbox } from '../../../helpers/sandbox.js'

kernelTest('an address is added, listed as it was given, and deleted as it was listed', async (t) => {
  const { net } = await sandbox(t)
  await net.addresses.add({ link: 'lo', address: '192.0.2.1/24' })
  await net.addresses.add({ link: 1, address: '2001:db8::1/64' })
  await net.addresses.add({ link: 'lo', address: '198.51.100.7' })
  const listed = await net.addresses.list({ link: 'lo' })
  t.deepEqual(
    listed.map(({ address, family, scope, link }) => [address, family, scope, link]),
    [
      ['192.0.2.1/24', 'inet', 'global', 1],
      ['198.51.100.7/32', 'inet', 'global', 1],
      ['2001:db8::1/64', 'inet6', 'global', 1],
    ],
  )
  t.is(listed[0]?.validLft, Number.POSITIVE_INFINITY)
  for (const address of listed) await net.addresses.delete(address)
  t.deepEqual(await net.addresses.list(), [])
})

kernelTest('peer, label, broadcast, flags, scope, metric and lifetimes come back as given', async (t) => {
  const { here } = await joined(t)
  const { addresses } = here.net
  await addresses.add({
    link: 'left',
    address: '10.0.0.1/24',
    broadcast: '+',
    label: 'left:x',
    flags: ['noprefixroute'],
    rtPriority: 7,
  })
  await addresses.add({ link: 'left', address: '10.1.0.1', peer: '10.1.0.2/32', scope: 'link' })
  await addresses.add({
    link: 'left',
    address: '2001:db8::1/64',
    flags: ['nodad'],
    validLft: 1000,
    preferredLft: 500,
  })
  const all = await addresses.list({ link: 'left' })
  const find = (start: string) => all.find(({ address }) => address.startsWith(start))
  t.like(find('10.0.0.1'), {
    broadcast: '10.0.0.255',
    label: 'left:x',
    rtPriority: 7,
    flags: ['permanent', 'noprefixroute'],
  })
  t.like(find('10.1.0.1'), { address: '10.1.0.1/32', peer: '10.1.0.2/32', scope: 'link' })
  const six = find('2001:db8::1')
  t.true(six !== undefined && six.validLft <= 1000 && six.validLft > 900)
  t.true(six !== undefined && six.preferredLft <= 500 && six.preferredLft > 400)
  t.true(six?.flags.includes('nodad'))
})

kernelTest('adding an address that exists is EEXIST; replace changes it', async (t) => {
  const { net } = await sandbox(t)
  const spec = { link: 'lo', address: '192.0.2.1/24' }
  await net.addresses.add(spec)
  const error = await t.throwsAsync(net.addresses.add(spec), { instanceOf: NetlinkError, code: 'EEXIST' })
  t.regex(error?.message ?? '', /^RTM_NEWADDR 192\.0\.2\.1\/24: EEXIST: /)
  await net.addresses.replace({ ...spec, validLft: 600, preferredLft: 300 })
  const [address] = await net.addresses.list({ link: 'lo', family: 'inet' })
  t.true(address !== undefined && address.validLft <= 600)
})

kernelTest('listings filter by link, family and scope, as arrays and streams', async (t) => {
  const { here } = await joined(t)
  const { net } = here
  await net.addresses.add({ link: 'left', address: '2001:db8::1/64', flags: ['nodad'] })
  t.deepEqual(
    (await net.addresses.list({ family: 'inet', scope: 'host' })).map(({ address }) => address),
    ['127.0.0.1/8'],
  )
  t.deepEqual(
    (await net.addresses.list({ link: 'left', family: 'inet' })).map(({ address }) => address),
    ['192.0.2.1/24'],
  )
  const seen: string[] = []
  for await (const { address } of net.addresses.dump({ family: 'inet6', scope: 'global' })) seen.push(address)
  t.deepEqual(seen, ['2001:db8::1/64'])
})

kernelTest('a flush deletes secondary addresses too, and only what matches', async (t) => {
  const { net } = await sandbox(t)
  for (let i = 1; i <= 20; i++) await net.addresses.add({ link: 'lo', address: `192.0.2.${i}/24` })
  await net.addresses.add({ link: 'lo', address: '2001:db8::1/64' })
  t.true((await net.addresses.flush({ link: 'lo', family: 'inet' })) > 0)
  t.deepEqual(
    (await net.addresses.list()).map(({ address }) => address),
    ['2001:db8::1/64'],
  )
  t.is(await net.addresses.flush({ family: 'inet' }), 0)
})

kernelTest('an invalid address is refused, naming the argument and what would be right', async (t) => {
  const { net } = await sandbox(t)
  const add = (address: string, more = {}) => net.addresses.add({ link: 'lo', address, ...more })
  for (const [address, expected] of [
    ['10.1.1', /address must be an IPv4 or IPv6 address.* got "10\.1\.1"/],
    ['10.1.1.1/33', /prefix length of 0 to 32/],
    ['10.1.1.1/-1', /prefix length of 0 to 32/],
    ['10.1.1.1/', /prefix length of 0 to 32/],
    ['10.1.1.1/08', /prefix length of 0 to 32/],
    ['2001:db8::1/129', /prefix length of 0 to 128/],
    ['', /must be an IPv4 or IPv6 address/],
    [7, /must be an IPv4 or IPv6 address/],
  ] as const) {
    const error = await t.throwsAsync(add(address as string), {
      instanceOf: ArgumentError,
      message: expected,
    })
    t.is(error?.argument, 'address')
    t.is(error?.value, address)
  }
  await t.throwsAsync(add('10.1.1.1', { peer: '::1' }), { instanceOf: ArgumentError, message: /^peer / })
  await t.throwsAsync(add('10.1.1.1/31', { broadcast: '+' }), {
    instanceOf: ArgumentError,
    message: /^broadcast /,
  })
  await t.throwsAsync(add('10.1.1.1', { preferredLft: 5, validLft: 4 }), { instanceOf: ArgumentError })
  await t.throwsAsync(add('10.1.1.1', { validLft: 1.5 }), { instanceOf: ArgumentError })
  await t.throwsAsync(add('10.1.1.1', { label: 'x'.repeat(16) }), { instanceOf: EncodeError })
  await t.throwsAsync(net.addresses.add({ link: 'nope', address: '10.1.1.1' }), {
    instanceOf: LinkNotFoundError,
  })
  await t.throwsAsync(net.addresses.delete({ link: 'lo', address: '10.9.9.9' }), { code: 'EADDRNOTAVAIL' })
})
