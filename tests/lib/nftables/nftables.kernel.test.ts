import { ArgumentError, action, echo, match, NetlinkError, Netns, Nftables } from '../../../lib/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { openFiles } from '../../helpers/open-files.js'
import { joined } from '../../helpers/sandbox.js'
import { filter, firewall, listing } from './firewall.js'

kernelTest(
  'a new namespace has an empty ruleset; added objects are listed, deleted ones are not',
  async (t) => {
    const { nft } = await firewall(t)
    t.is(await listing(nft), '')
    await nft.addTable({ family: 'inet', name: 'filter', comment: 'of a test' })
    await nft.addChain({ ...filter, name: 'in', hook: 'input', policy: 'drop' })
    await nft.addRule({ ...filter, chain: 'in', expressions: [match.iifname('lo'), action.accept()] })
    await nft.addRule({ ...filter, chain: 'in', expressions: [action.counter()], comment: 'the rest' })
    t.is(
      await listing(nft),
      `table inet filter {
	comment "of a test"
	chain in {
		type filter hook input priority filter; policy drop;
		iifname "lo" accept
		counter packets 0 bytes 0 comment "the rest"
	}
}
`,
    )
    t.deepEqual(
      (await nft.tables()).map(({ family, name, comment }) => ({ family, name, comment })),
      [{ family: 'inet', name: 'filter', comment: 'of a test' }],
    )
    await nft.deleteTable(filter)
    t.is(await listing(nft), '')
  },
)

kernelTest(
  'rules are inserted, positioned, replaced, deleted and flushed, and keep their handles',
  async (t) => {
    const { nft } = await firewall(t)
    await nft.transaction((change) => {
      change.addTable({ family: 'inet', name: 'filter' })
      change.addChain({ ...filter, name: 'c' })
    })
    const rule = (mark: number) => ({ ...filter, chain: 'c', expressions: [match.mark(mark)] })
    const marks = async () =>
      [...(await listing(nft)).matchAll(/meta mark 0x0+(\d+)/g)].map(([, mark]) => Number(mark))
    const second = await nft.addRule(rule(2))
    const last = await nft.addRule(rule(4))
    const first = await nft.insertRule(rule(1))
    await nft.addRule({ ...rule(3), position: second })
    const handles = (await nft.rules({ ...filter, chain: 'c' })).map(({ handle }) => handle)
    t.deepEqual([handles[0], handles[1], handles[3]], [first, second, last])
    t.deepEqual(await marks(), [1, 2, 3, 4])
    const replaced = await nft.replaceRule({ ...rule(7), handle: second })
    t.is((await nft.rules(filter))[1]?.handle, replaced)
    t.deepEqual(await marks(), [1, 7, 3, 4])
    await nft.deleteRules({ ...filter, chain: 'c', handle: first })
    t.deepEqual(await marks(), [7, 3, 4])
    await nft.deleteRules({ ...filter, chain: 'c' })
    t.deepEqual(await marks(), [])
    const both = await nft.transaction((change) => {
      change.addRule(rule(8))
      change.addRule({ ...filter, chain: 'c', expressions: [match.mark(1, 2, 3)] })
    })
    t.deepEqual(
      (await nft.rules(filter)).map(({ handle }) => handle),
      [...both],
    )
  },
)

kernelTest('sets are listed with intervals, concatenations and timeouts, maps with verdicts', async (t) => {
  const { nft } = await firewall(t)
  await nft.addTable({ family: 'inet', name: 'filter' })
  await nft.addSet({
    ...filter,
    name: 'nets',
    type: 'ipv4_addr',
    interval: true,
    elements: ['10.0.0.0/8', '172.16.0.1-172.16.0.9', '255.255.255.255'],
  })
  await nft.addSet({ ...filter, name: 'pairs', type: ['ipv4_addr', 'inet_service'] })
  await nft.addSet({ ...filter, name: 'brief', type: 'ipv4_addr', timeout: 60_000 })
  await nft.addSet({
    ...filter,
    name: 'ports',
    type: 'inet_service',
    map: 'verdict',
    elements: [{ key: 22, data: 'accept' }],
  })
  await nft.addElements({ ...filter, set: 'nets', elements: ['192.168.0.0/16'] })
  await nft.deleteElements({ ...filter, set: 'nets', elements: ['10.0.0.0/8'] })
  await nft.addElements({ ...filter, set: 'pairs', elements: [['10.0.0.1', 80]] })
  await nft.addElements({ ...filter, set: 'brief', elements: [{ key: '10.0.0.1', timeout: 5000 }] })
  await nft.addElements({ ...filter, set: 'ports', elements: [{ key: 23, data: 'drop' }] })
  const text = await listing(nft)
  t.regex(text, /elements = \{ 172\.16\.0\.1-172\.16\.0\.9, 192\.168\.0\.0\/16,\s+255\.255\.255\.255 \}/)
  t.regex(text, /elements = \{ 10\.0\.0\.1 \. 80 \}/)
  t.regex(text, /timeout 1m\n\t\telements = \{ 10\.0\.0\.1 timeout 5s expires \d+s?/)
  t.regex(text, /elements = \{ 22 : accept, 23 : drop \}/)
  await nft.flushSet({ ...filter, set: 'pairs' })
  t.deepEqual(await nft.elements({ ...filter, set: 'pairs' }), [])
})

kernelTest(
  'a netdev chain is listed with its device; the ruleset is flushed by family or completely',
  async (t) => {
    const { nft } = await firewall(t)
    await nft.addTable({ family: 'netdev', name: 'dev' })
    await nft.addChain({ family: 'netdev', table: 'dev', name: 'in', hook: 'ingress', devices: ['lo'] })
    await nft.addRule({
      family: 'netdev',
      table: 'dev',
      chain: 'in',
      expressions: [match.saddr('10.0.0.1'), action.drop()],
    })
    t.regex(
      await listing(nft),
      /type filter hook ingress device "lo" priority filter; policy accept;\n\t\tip saddr 10\.0\.0\.1 drop/,
    )
    await nft.deleteChain({ family: 'netdev', table: 'dev', chain: 'in' })
    await nft.addTable({ family: 'ip', name: 'other' })
    await nft.flushRuleset('ip')
    t.deepEqual(
      (await nft.tables()).map(({ name }) => name),
      ['dev'],
    )
    await nft.flushRuleset()
    t.is(await listing(nft), '')
  },
)

kernelTest('a chain is renamed, and rules still jump to it', async (t) => {
  const { nft } = await firewall(t)
  await nft.transaction((change) => {
    change.addTable({ family: 'inet', name: 'filter' })
    for (const name of ['c', 'old', 'other']) change.addChain({ ...filter, name })
    change.addRule({ ...filter, chain: 'c', expressions: [action.jump('old')] })
  })
  await nft.renameChain({ ...filter, chain: 'old' }, 'new')
  t.regex(await listing(nft), /jump new/)
  await t.throwsAsync(nft.renameChain({ ...filter, chain: 'old' }, 'x'), { code: 'ENOENT' })
  await t.throwsAsync(nft.renameChain({ ...filter, chain: 'new' }, 'other'), { code: 'EEXIST' })
  await t.throwsAsync(nft.renameChain({ ...filter, chain: 'new' }, ''), { instanceOf: ArgumentError })
})

kernelTest('a refusal of the kernel names the attribute that it is about', async (t) => {
  const { nft } = await firewall(t)
  await nft.addTable({ family: 'inet', name: 'filter' })
  await t.throwsAsync(nft.addTable({ family: 'inet', name: 'filter' }, true), {
    instanceOf: NetlinkError,
    code: 'EEXIST',
    message: /filter: EEXIST.*\(name = "filter"\)/,
  })
  await t.throwsAsync(nft.addRule({ ...filter, chain: 'none', expressions: [action.accept()] }), {
    instanceOf: NetlinkError,
    code: 'ENOENT',
    message: /chain = "none"/,
  })
})

kernelTest('every method rejects wrong arguments, and changes nothing', async (t) => {
  const { nft } = await firewall(t)
  await nft.transaction((change) => {
    change.addTable({ family: 'inet', name: 'filter' })
    change.addChain({ ...filter, name: 'c' })
    change.addRule({ ...filter, chain: 'c', expressions: [action.accept()] })
    change.addSet({ ...filter, name: 's', type: 'ipv4_addr', elements: ['10.0.0.1'] })
  })
  const before = await listing(nft)
  const wrong = { chian: 'c', ...filter } as never
  for (const method of [
    'addTable',
    'deleteTable',
    'addChain',
    'deleteChain',
    'addRule',
    'insertRule',
    'replaceRule',
    'deleteRules',
    'addSet',
    'deleteSet',
    'addElements',
    'deleteElements',
    'flushSet',
    'elements',
    'tables',
    'chains',
    'rules',
    'sets',
    'ruleset',
  ] as const) {
    const call = nft[method](wrong)
    await t.throwsAsync(call, { instanceOf: ArgumentError, message: /has no option "chian"/ }, method)
  }
  await t.throwsAsync(nft.flushRuleset('ipv4' as never), { message: /^family cannot be "ipv4"; known: / })
  await t.throwsAsync(
    nft.transaction(() => {}, { genration: 1 } as never),
    {
      message: /^options has no option "genration"; did you mean "generation"\?/,
    },
  )
  t.is(await listing(nft), before)
})

kernelTest('packets are counted, dropped and rejected as the rules demand', async (t) => {
  const { here, there } = await joined(t)
  const nft = await Nftables.open({ netns: there.netns })
  t.teardown(() => nft.close())
  const ask = (timeout = 5000) => echo('192.0.2.2', { netns: here.netns, timeout })
  await ask()
  await nft.transaction((change) => {
    change.addTable({ family: 'inet', name: 'filter' })
    change.addChain({ ...filter, name: 'in', hook: 'input' })
    change.addRule({
      ...filter,
      chain: 'in',
      expressions: [
        match.iifname('right'),
        match.saddr('192.0.2.0/24'),
        match.icmpType('echo-request'),
        action.counter(),
        action.drop(),
      ],
    })
  })
  await t.throwsAsync(ask(200), { code: 'ETIMEDOUT' })
  const [rule] = await nft.rules(filter)
  const counter = rule?.expressions.find(({ name }) => name === 'counter')
  t.is(
    counter?.name === 'counter' && counter.data && 'packets' in counter.data ? counter.data.packets : 0n,
    1n,
  )
  await nft.deleteRules({ ...filter, chain: 'in', handle: rule?.handle })
  await ask()
  await nft.addRule({ ...filter, chain: 'in', expressions: [action.reject('admin-prohibited')] })
  await t.throwsAsync(ask(), { code: 'EHOSTUNREACH' })
})

kernelTest('opening and closing Nftables leaves no file descriptor open', async (t) => {
  const netns = Netns.create()
  t.teardown(() => netns.close())
  const before = openFiles()
  for (let i = 0; i < 100; i++) {
    await using nft = await Nftables.open({ netns })
    await nft.ruleset()
  }
  t.is(openFiles(), before)
})
