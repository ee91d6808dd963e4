import { spawnSync } from 'node:child_process'
import { inspect } from 'node:util'
import {
  ArgumentError,
  action,
  match,
  NetlinkError,
  type Netns,
  type Nftables,
  type NftElement,
  type NftSetSpec,
} from '../../../lib/index.js'
import { kernelTest, stockEnv, toolTest } from '../../helpers/needs.js'
import { filter, firewall } from './firewall.js'

const nftTest = toolTest('nft')

const stockList = (netns: Netns) =>
  netns.run(() => spawnSync('nft', ['list', 'ruleset'], { encoding: 'utf8', env: stockEnv })).stdout

async function withTable(t: Parameters<typeof firewall>[0]): Promise<{ nft: Nftables; netns: Netns }> {
  const { nft, netns } = await firewall(t)
  await nft.transaction((change) => {
    change.addTable({ family: 'inet', name: 'filter' })
    change.addChain({ ...filter, name: 'c' })
  })
  return { nft, netns }
}

/** Sets, and their elements as they are listed in the order of nft(8). */
const SETS: readonly (readonly [Omit<NftSetSpec, 'family' | 'table' | 'name'>, NftElement[]])[] = [
  [{ type: 'ipv4_addr' }, [{ key: '10.0.0.1' }, { key: '10.0.0.2', comment: 'the second' }]],
  [{ type: 'ipv4_addr', interval: true }, [{ key: '0.0.0.0/0' }]],
  [
    { type: 'ipv4_addr', interval: true },
    [{ key: '10.0.0.0/8' }, { key: '11.0.0.0-11.0.0.9', comment: 'x' }, { key: '240.0.0.0/4' }],
  ],
  [{ type: 'ipv6_addr', interval: true }, [{ key: '2001:db8::/32' }, { key: 'ffff::/16' }]],
  [{ type: 'inet_service', interval: true }, [{ key: '0-79' }, { key: '80-100' }, { key: 65535 }]],
  [{ type: 'inet_service', interval: true }, [{ key: '0-65535' }]],
  [{ type: 'mark' }, [{ key: 1 }, { key: 256 }]],
  [{ type: 'mark', interval: true }, [{ key: 5 }, { key: '16-32' }, { key: '4294967040-4294967295' }]],
  [{ type: 'uid', interval: true }, [{ key: '1000-2000' }]],
  [{ type: 'ifname' }, [{ key: 'lo' }, { key: 'br-lan' }]],
  [{ type: 'ifname', interval: true }, [{ key: 'a-b' }, { key: 'docker0' }, { key: 'veth*' }]],
  [{ type: 'ct_state' }, [{ key: 'new' }, { key: 'established,related' }]],
  [{ type: 'icmp_type', interval: true }, [{ key: 'echo-reply' }, { key: 'echo-request' }]],
  [
    { type: ['ipv4_addr', 'inet_service'] },
    [{ key: ['10.0.0.1', 80] }, { key: ['10.0.0.1', 443], comment: 'https' }],
  ],
  [
    { type: ['ipv4_addr', 'inet_service'], interval: true },
    [{ key: ['10.0.0.0/8', '80-90'] }, { key: ['192.0.2.1', '0-65535'] }],
  ],
  [{ type: ['mark', 'ifname'], interval: true }, [{ key: ['16-32', 'veth*'] }]],
  [{ type: 'ipv4_addr', timeout: 0 }, [{ key: '10.0.0.1' }]],
  [{ type: 'mark', map: 'mark' }, [{ key: 1, data: 2 }]],
  [{ type: 'ipv4_addr', map: 'mark', interval: true }, [{ key: '10.0.0.0/8', data: 7 }]],
  [{ type: 'ipv4_addr', map: ['ipv4_addr', 'inet_service'] }, [{ key: '10.0.0.1', data: ['10.0.0.2', 80] }]],
  [
    { type: 'ipv4_addr', map: 'ipv4_addr', interval: true, dataInterval: true },
    [{ key: '10.0.0.0/8', data: '192.0.2.0/24' }],
  ],
  [
    { type: 'inet_service', map: 'verdict', interval: true },
    [
      { key: '0-79', data: 'accept' },
      { key: '80-100', data: { jump: 'c' } },
      { key: '*', data: 'drop' },
    ],
  ],
  [{ type: 'ipv4_addr', map: 'counter' }, [{ key: '10.0.0.1', data: 'web' }]],
]

for (const [spec, elements] of SETS) {
  const { type, interval, map } = spec
  const name = [type, interval ? 'interval' : '', map === undefined ? '' : `: ${map}`].join(' ').trim()
  const keys = elements.map(({ key }) => String(key)).join(' ')
  kernelTest(`elements are listed as given, and can be given back: ${name} { ${keys} }`, async (t) => {
    const { nft } = await withTable(t)
    const [one, other] = [
      { ...filter, set: 'one' },
      { ...filter, set: 'other' },
    ]
    await nft.addObject({ ...filter, type: 'counter', name: 'web' })
    await nft.addSet({ ...filter, ...spec, name: 'one', elements })
    await nft.addSet({ ...filter, ...spec, name: 'other' })
    const listed = await nft.elements(one)
    const byKey = (all: readonly NftElement[]) =>
      all.toSorted((a, b) => (String(a.key) < String(b.key) ? -1 : 1))
    t.deepEqual(byKey(listed), byKey(elements))
    await nft.addElements({ ...other, elements: listed })
    t.deepEqual(await nft.elements(other), listed)
    const raw = async (ref: typeof one) =>
      (await nft.rawElements(ref)).map((element) => inspect(element)).sort()
    t.deepEqual(await raw(other), await raw(one))
    await nft.deleteElements({ ...other, elements: listed })
    t.deepEqual(await nft.elements(other), [])
  })
}

kernelTest('timeouts and counters of elements are listed, and can be given back', async (t) => {
  const { nft } = await withTable(t)
  for (const name of ['one', 'other']) {
    await nft.addSet({ ...filter, name, type: 'ipv4_addr', timeout: 60_000, counter: true })
  }
  const counter = { packets: 3n, bytes: 4n }
  const elements = [{ key: '10.0.0.1', timeout: 5000, counter, comment: 'x' }, '10.0.0.2']
  await nft.addElements({ ...filter, set: 'one', elements })
  const [first, second] = await nft.elements({ ...filter, set: 'one' })
  t.like(first, { key: '10.0.0.1', timeout: 5000, counter, comment: 'x' })
  t.true((first?.expires ?? 0) > 0 && (first?.expires ?? 0) <= 5000)
  t.like(second, { key: '10.0.0.2', counter: { packets: 0n, bytes: 0n } })
  await nft.addElements({ ...filter, set: 'other', elements: [first as NftElement, second as NftElement] })
  const [again] = await nft.elements({ ...filter, set: 'other' })
  t.like(again, { key: '10.0.0.1', timeout: 5000, counter, comment: 'x' })
  await nft.deleteElements({ ...filter, set: 'other', elements: [again as NftElement] })
  t.is((await nft.elements({ ...filter, set: 'other' })).length, 1)
})

kernelTest('an element that a transaction adds to a set of intervals has its end', async (t) => {
  const { nft } = await withTable(t)
  await nft.addSet({ ...filter, name: 's', type: 'ipv4_addr', interval: true })
  const ref = { ...filter, set: 's' }
  await nft.transaction((change) => {
    change.addElements({ ...ref, elements: ['10.0.0.1'] })
    change.addElements({ ...ref, type: 'ipv4_addr', elements: ['10.0.0.3'] })
    change.addSet({ ...filter, name: 'new', type: 'inet_service', interval: true })
    change.addElements({ ...filter, set: 'new', elements: [22] })
  })
  await nft.addElements({ ...ref, type: 'ipv4_addr', elements: ['10.0.0.5'] })
  t.deepEqual(
    (await nft.elements(ref)).map(({ key }) => key),
    ['10.0.0.1', '10.0.0.3', '10.0.0.5'],
  )
  t.deepEqual(await nft.elements({ ...filter, set: 'new' }), [{ key: 22 }])
  await t.throwsAsync(
    nft.addElements({ ...ref, type: 'ipv4_addr', interval: false, elements: ['10.0.0.7'] }),
    {
      instanceOf: ArgumentError,
      message: 'interval must be true, as the set "s" was added with',
    },
  )
  await t.throwsAsync(
    nft.transaction((change) => change.addElements({ ...ref, type: 'mark', elements: [7] })),
    {
      instanceOf: ArgumentError,
      message: 'type is that of another set: the keys of "s" are of type ipv4_addr, not mark',
    },
  )
  t.is((await nft.elements(ref)).length, 3)
})

kernelTest('a refusal shows elements and parts of rules as they were written', async (t) => {
  const { nft } = await withTable(t)
  await nft.addSet({ ...filter, name: 's', type: 'ipv4_addr', interval: true, elements: ['10.0.0.0/8'] })
  const many = Array.from({ length: 200 }, (_, i) => `11.0.0.${i}`)
  await t.throwsAsync(nft.addElements({ ...filter, set: 's', elements: [...many, '10.1.0.0/16'] }), {
    code: 'EEXIST',
    message: /\(elements\.200 = "10\.1\.0\.0\/16"\)$/,
  })
  await t.throwsAsync(
    nft.addRule({ ...filter, chain: 'c', expressions: [match.ip.saddr('10.0.0.1'), action.jump('none')] }),
    { instanceOf: NetlinkError, code: 'ENOENT', message: /\(expressions\.1 = action\.jump\("none"\)\)$/ },
  )
  const overlapping = [
    { key: '1-5', data: 'accept' },
    { key: '3-9', data: 'drop' },
  ] as const
  await t.throwsAsync(
    nft.addRule({ ...filter, chain: 'c', expressions: [action.vmap('tcp dport', overlapping)] }),
    { code: 'EEXIST', message: /\(map\.1 = "3-9"\)/ },
  )
})

kernelTest(
  'a reference to a set of another type is refused, and one that does not exist is ENOENT',
  async (t) => {
    const { nft } = await withTable(t)
    await nft.addSet({ ...filter, name: 'ports', type: 'inet_service' })
    await nft.addSet({ ...filter, name: 'map', type: 'ipv4_addr', map: 'mark' })
    const rule = (...expressions: Parameters<Nftables['addRule']>[0]['expressions'][number][]) => ({
      ...filter,
      chain: 'c',
      expressions,
    })
    const wrong = {
      instanceOf: ArgumentError,
      message: 'ip saddr cannot be looked up in @ports: its keys are of type inet_service, not ipv4_addr',
    }
    await t.throwsAsync(nft.addRule(rule(match.ip.saddr('@ports'))), wrong)
    await t.throwsAsync(
      nft.transaction((change) => change.addRule(rule(match.ip.saddr('@ports')))),
      wrong,
    )
    await t.throwsAsync(
      nft.transaction((change) => {
        change.addSet({ ...filter, name: 'new', type: 'mark' })
        change.addRule(rule(match.ip.saddr('@new')))
      }),
      { instanceOf: ArgumentError, message: /its keys are of type mark, not ipv4_addr$/ },
    )
    await t.throwsAsync(nft.addRule(rule(match.saddr('@ports'))), {
      instanceOf: ArgumentError,
      message: 'saddr cannot be looked up in @ports: its keys are of type inet_service, not of addresses',
    })
    await t.throwsAsync(nft.addRule(rule(match.ip.saddr('@map'))), {
      instanceOf: ArgumentError,
      message: 'ip saddr needs a set, but @map is a map',
    })
    await t.throwsAsync(nft.addRule(rule(action.setMark({ key: 'tcp dport', map: '@ports' }))), {
      instanceOf: ArgumentError,
      message: 'mark.map needs a map, but @ports is a set without values',
    })
    await t.throwsAsync(nft.addRule(rule(match.ip.saddr('@none'))), {
      instanceOf: NetlinkError,
      code: 'ENOENT',
    })
    await t.throwsAsync(nft.addElements({ ...filter, set: 'none', elements: [1] }), {
      instanceOf: NetlinkError,
      code: 'ENOENT',
    })
    await t.throwsAsync(nft.addElements({ ...filter, set: 'none', type: 'mark', elements: [1] }), {
      instanceOf: NetlinkError,
      code: 'ENOENT',
    })
    t.deepEqual(await nft.rules(), [])
  },
)

kernelTest('what is asked after a change that looks a set up is done after it', async (t) => {
  const { nft } = await withTable(t)
  const spec = { ...filter, set: 's', elements: ['10.0.0.1'] }
  const all = [
    nft.addSet({ ...filter, name: 's', type: 'ipv4_addr', interval: true }),
    nft.addElements(spec),
    nft.addRule({ ...filter, chain: 'c', expressions: [match.ip.saddr('@s')] }),
    nft.deleteElements(spec),
    nft.deleteRules({ ...filter, chain: 'c' }),
    nft.deleteSet({ ...filter, set: 's' }),
  ]
  // The caller may change what it gave.
  spec.elements[0] = '10.9.9.9'
  await Promise.all(all)
  t.deepEqual(await nft.sets(), [])
})

nftTest('nft(8) lists the attributes of sets, and maps in host order as they are', async (t) => {
  const { nft, netns } = await withTable(t)
  await nft.addSet({
    ...filter,
    name: 's',
    type: 'ipv4_addr',
    interval: true,
    autoMerge: true,
    counter: true,
    comment: 'of a test',
    policy: 'memory',
    timeout: 60_000,
    gcInterval: 10_000,
    size: 1000,
    elements: [{ key: '10.0.0.0/8', comment: 'the net' }],
  })
  await nft.addSet({ ...filter, name: 'm', type: 'mark', map: 'mark', elements: [{ key: 1, data: 0x10 }] })
  const text = stockList(netns)
  for (const part of [
    'policy memory',
    'size 1000',
    'timeout 1m',
    'gc-interval 10s',
    'auto-merge',
    'comment "of a test"',
    'comment "the net"',
    '0x00000001 : 0x00000010',
  ]) {
    t.true(text.includes(part), `${part}\n${text}`)
  }
  t.regex(text, /counter/)
})

kernelTest('a set with autoMerge makes one interval of those that overlap or touch', async (t) => {
  const { nft } = await withTable(t)
  const ref = { ...filter, set: 's' }
  const keys = async () => (await nft.elements(ref)).map(({ key }) => key)
  await nft.transaction((change) => {
    const elements = ['10.0.0.0/9', '10.1.0.0/16', { key: '192.0.2.1', comment: 'x' }]
    change.addSet({ ...filter, name: 's', type: 'ipv4_addr', interval: true, autoMerge: true, elements })
    change.addElements({ ...ref, elements: ['10.128.0.0/9', '172.16.0.0/12'] })
  })
  t.deepEqual(await keys(), ['10.0.0.0/8', '172.16.0.0/12', '192.0.2.1'])
  await nft.addElements({ ...ref, elements: ['9.255.255.255', '10.5.0.0/16', '192.0.2.0/24'] })
  t.deepEqual(await keys(), ['9.255.255.255-10.255.255.255', '172.16.0.0/12', '192.0.2.0/24'])
  await nft.transaction((change) => {
    change.deleteElements({ ...ref, elements: ['9.255.255.255', '172.17.0.0/16'] })
    change.deleteElements({ ...ref, elements: ['192.0.2.0/24'] })
    change.addElements({ ...ref, elements: ['240.0.0.0/4', '0.0.0.0'] })
  })
  t.deepEqual(await keys(), [
    '0.0.0.0',
    '10.0.0.0/8',
    '172.16.0.0/16',
    '172.18.0.0-172.31.255.255',
    '240.0.0.0/4',
  ])
  await t.throwsAsync(nft.deleteElements({ ...ref, elements: ['11.0.0.0/8'] }), { code: 'ENOENT' })
  await nft.addElements({ ...ref, elements: ['10.1.1.1'] })
  t.is((await keys()).length, 5)
  await nft.transaction((change) => {
    change.flushSet(ref)
    change.addElements({ ...ref, elements: ['10.0.0.0/9', '172.16.0.0/16'] })
  })
  t.deepEqual(await keys(), ['10.0.0.0/9', '172.16.0.0/16'])
})

kernelTest(
  'a set with autoMerge that is added again merges its elements with those that it has',
  async (t) => {
    const { nft } = await withTable(t)
    const ref = { ...filter, set: 's' }
    const spec = { ...filter, name: 's', type: 'ipv4_addr', interval: true, autoMerge: true } as const
    const keys = async () => (await nft.elements(ref)).map(({ key }) => key)
    await nft.addSet({ ...spec, elements: ['10.0.0.0/9'] })
    await nft.addSet({ ...spec, elements: ['10.128.0.0/9', '10.1.0.0/16', '192.0.2.1'] })
    t.deepEqual(await keys(), ['10.0.0.0/8', '192.0.2.1'])
    await nft.transaction((change) => {
      change.addSet({ ...spec, elements: ['11.0.0.0/8'] })
      change.addElements({ ...ref, elements: ['192.0.2.0/25', '172.16.0.0/16'] })
      change.addSet({ ...spec, elements: ['172.16.2.0/24'] })
    })
    t.deepEqual(await keys(), ['10.0.0.0/7', '172.16.0.0/16', '192.0.2.0/25'])
    // One that is deleted before is a new one; so are those of a table that is.
    await nft.transaction((change) => {
      change.deleteSet(ref)
      change.addSet({ ...spec, elements: ['10.1.0.0/16'] })
      change.addElements({ ...ref, elements: ['10.0.0.0/16'] })
    })
    t.deepEqual(await keys(), ['10.0.0.0/15'])
    await nft.transaction((change) => {
      change.flushRuleset()
      change.addTable({ family: 'inet', name: 'filter' })
      change.addSet({ ...spec, elements: ['10.2.0.0/16'] })
    })
    t.deepEqual(await keys(), ['10.2.0.0/16'])
    await nft.transaction((change) => {
      change.addSet({ ...spec, name: 'new', elements: ['10.0.0.0/8'] })
      change.addElements({ ...filter, set: 'new', elements: ['10.1.0.0/16', '11.0.0.0/8'] })
    })
    t.deepEqual(await nft.elements({ ...filter, set: 'new' }), [{ key: '10.0.0.0/7' }])
    await t.throwsAsync(nft.addSet({ ...spec, elements: ['10.2.0.0/16'] }, true), { code: 'EEXIST' })
  },
)

kernelTest('counters and quotas are read, and reset by reading them', async (t) => {
  const { nft, netns: _ } = await withTable(t)
  await nft.transaction((change) => {
    change.addObject({
      ...filter,
      type: 'counter',
      name: 'web',
      data: { packets: 3n, bytes: 4n },
      comment: 'x',
    })
    change.addObject({
      ...filter,
      type: 'quota',
      name: 'month',
      data: { bytes: 1024 ** 3, over: true, used: 5 },
    })
    change.addObject({ ...filter, type: 'limit', name: 'slow', data: { rate: 5, per: 'second' } })
  })
  const web = { ...filter, type: 'counter', name: 'web' } as const
  t.like(await nft.object(web), { name: 'web', comment: 'x', data: { packets: 3n, bytes: 4n } })
  t.like(await nft.resetObject(web), { data: { packets: 3n, bytes: 4n } })
  t.like(await nft.object(web), { data: { packets: 0n, bytes: 0n } })
  t.like((await nft.objects({ ...filter, type: 'quota' }))[0], {
    name: 'month',
    data: { bytes: 1024n ** 3n, consumed: 5n, flags: ['invert'] },
  })
  await nft.resetObjects({ ...filter, type: 'quota' })
  t.like((await nft.objects({ ...filter, type: 'quota' }))[0], { data: { consumed: 0n } })
  // A listed object can be given back.
  const listed = await nft.objects()
  await nft.transaction((change) => {
    for (const object of listed)
      change.deleteObject({ ...filter, type: object.type as 'counter', name: object.name })
    for (const object of listed) change.addObject(object as Parameters<Nftables['addObject']>[0])
  })
  t.deepEqual(
    (await nft.objects()).map(({ name, data }) => ({ name, data })),
    listed.map(({ name, data }) => ({ name, data })),
  )
  await t.throwsAsync(nft.addObject(web, true), { instanceOf: NetlinkError, code: 'EEXIST' })
  await t.throwsAsync(nft.addObject({ ...web, type: 'conter' as never }), {
    instanceOf: ArgumentError,
    message: /^type cannot be "conter"; did you mean "counter"\?/,
  })
  await t.throwsAsync(nft.deleteObject({ ...web, name: 'none' }), {
    instanceOf: NetlinkError,
    code: 'ENOENT',
  })
})

kernelTest('a flowtable is added and listed, where the kernel has them', async (t) => {
  const { nft, net } = await firewall(t)
  await nft.addTable({ family: 'inet', name: 'filter' })
  await net.links.add({ kind: 'veth', name: 'a', peer: { name: 'b' } })
  try {
    await nft.addFlowtable({ ...filter, name: 'fast', devices: ['a', 'b'], priority: 10 })
  } catch (error) {
    if (!(error instanceof NetlinkError) || error.code !== 'ENOENT') throw error
    t.log('this kernel has no flowtables')
    t.pass()
    return
  }
  t.like((await nft.flowtables())[0], {
    ...filter,
    name: 'fast',
    hook: { num: 0, priority: 10, devs: ['a', 'b'] },
  })
  await nft.addChain({ ...filter, name: 'forward', hook: 'forward' })
  await nft.addRule({ ...filter, chain: 'forward', expressions: [match.l4proto('tcp'), action.flow('fast')] })
  await t.throwsAsync(nft.deleteFlowtable({ ...filter, flowtable: 'fast' }), { code: 'EBUSY' })
  await nft.deleteChain({ ...filter, chain: 'forward' })
  await nft.deleteFlowtable({ ...filter, flowtable: 'fast' })
  t.deepEqual(await nft.flowtables(), [])
})
