import { action, match, NetlinkError, Nftables, TransactionError } from '../../../lib/index.js'
import { kernelTest } from '../../helpers/needs.js'
import { filter, firewall, listing } from './firewall.js'

kernelTest('10,000 elements are added in one transaction', async (t) => {
  const { nft } = await firewall(t)
  const elements = Array.from({ length: 10_000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`)
  await nft.transaction((change) => {
    change.addTable({ family: 'ip', name: 'many' })
    change.addSet({ family: 'ip', table: 'many', name: 'all', type: 'ipv4_addr', elements })
  })
  t.is((await nft.elements({ family: 'ip', table: 'many', set: 'all' })).length, 10_000)
})

kernelTest('elements with the longest keys and values are added, however many', async (t) => {
  const { nft } = await firewall(t)
  const chain = 'c'.repeat(31)
  await nft.addTable({ family: 'inet', name: 'filter' })
  await nft.addChain({ ...filter, name: chain })
  const field = (i: number) => `2001:db8::${i.toString(16)}:0-2001:db8::${i.toString(16)}:ffff`
  const elements = Array.from({ length: 1000 }, (_, i) => ({
    key: [field(i), field(i), field(i), field(i)],
    data: { jump: chain },
    timeout: 60_000,
  }))
  const type = ['ipv6_addr', 'ipv6_addr', 'ipv6_addr', 'ipv6_addr'] as const
  const set = {
    ...filter,
    name: 'long',
    type,
    map: 'verdict',
    interval: true,
    timeout: 90_000,
    elements,
  } as const
  await nft.transaction((change) => change.addSet(set))
  t.is((await nft.elements({ ...filter, set: 'long' })).length, 1000)
})

kernelTest('20,000 rules are added in one transaction, which gives no handles', async (t) => {
  const { nft } = await firewall(t)
  const handles = await nft.transaction((change) => {
    change.addTable({ family: 'inet', name: 'filter' })
    change.addChain({ ...filter, name: 'many' })
    for (let i = 0; i < 20_000; i++)
      change.addRule({
        ...filter,
        chain: 'many',
        expressions: [match.mark(i), action.counter(), action.accept()],
      })
  })
  t.deepEqual(handles, [])
  t.is((await nft.rules(filter)).length, 20_000)
})

kernelTest('a transaction is applied completely or not at all, and reports every refusal', async (t) => {
  const { nft } = await firewall(t)
  const error = await t.throwsAsync(
    nft.transaction((change) => {
      change.addTable({ family: 'inet', name: 'filter' })
      change.deleteTable({ family: 'inet', table: 'none' })
      change.addRule({ ...filter, chain: 'none', expressions: [action.accept()] })
    }),
    { instanceOf: TransactionError, code: 'ENOENT' },
  )
  t.deepEqual(
    (error as TransactionError).failures.map(({ index }) => index),
    [1, 2],
  )
  t.is(await listing(nft), '')
  await nft.transaction(() => {})
})

kernelTest('a transaction that is based on an older generation fails with ERESTART', async (t) => {
  const { nft } = await firewall(t)
  const seen = await nft.generation()
  await nft.addTable({ family: 'ip', name: 'meanwhile' })
  const late = nft.transaction((change) => change.addTable({ family: 'ip', name: 'late' }), {
    generation: seen,
  })
  await t.throwsAsync(late, { instanceOf: NetlinkError, code: 'ERESTART' })
  t.deepEqual(
    (await nft.tables()).map(({ name }) => name),
    ['meanwhile'],
  )
})

kernelTest(
  'a ruleset that is listed while it changes is consistent, or is reported as interrupted',
  async (t) => {
    const { nft, netns } = await firewall(t)
    const other = await Nftables.open({ netns })
    t.teardown(() => other.close())
    let changing = true
    const changes = (async () => {
      for (let i = 0; changing; i++) {
        const name = `t${i % 2}`
        await other.transaction((change) => {
          change.addTable({ family: 'ip', name })
          change.addChain({ family: 'ip', table: name, name: 'a' })
          change.addChain({ family: 'ip', table: name, name: 'b' })
        })
        await other.deleteTable({ family: 'ip', table: name })
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    })()
    for (let i = 0; i < 20; i++) {
      const { tables } = await nft.ruleset().catch((error: { code?: string }) => {
        t.is(error.code, 'EINTR')
        return { tables: [] }
      })
      t.true(tables.every(({ chains }) => chains.length === 2))
    }
    changing = false
    await changes
  },
)

kernelTest('changes that look something up first keep their place, and what was asked', async (t) => {
  const { nft } = await firewall(t)
  const numbers = { ...filter, set: 'numbers' }
  const elements = ['10.0.0.1']
  const [, , , listed] = await Promise.all([
    nft.addTable({ family: 'inet', name: 'filter' }),
    nft.addSet({ ...filter, name: 'numbers', type: 'ipv4_addr' }),
    nft.addElements({ ...numbers, elements }),
    nft.elements(numbers),
    nft.deleteElements({ ...numbers, elements }),
    nft.deleteSet(numbers),
    Promise.resolve(elements.push('10.0.0.2')),
  ])
  t.is(listed.length, 1)
  t.deepEqual(await nft.sets(), [])
})

/** Replaces a set while another connection looks it up: between its answer and the change that is made from it. */
async function whileReplaced(
  t: Parameters<typeof firewall>[0],
  change: (nft: Nftables, generation: number) => Promise<unknown>,
) {
  const { nft, netns } = await firewall(t)
  const other = await Nftables.open({ netns })
  t.teardown(() => other.close())
  const set = { ...filter, name: 's', type: 'mark' } as const
  await nft.addTable({ family: 'inet', name: 'filter' })
  await nft.addChain({ ...filter, name: 'c' })
  await nft.addSet(set)
  const changed = change(nft, await nft.generation())
  const replaced = other.transaction((replacing) => {
    replacing.deleteSet({ ...filter, set: 's' })
    replacing.addSet({ ...set, interval: true })
  })
  await Promise.all([changed, replaced])
  return nft
}

kernelTest('elements are those of the set that there is when they are added', async (t) => {
  for (let i = 0; i < 5; i++) {
    const nft = await whileReplaced(t, (one) => one.addElements({ ...filter, set: 's', elements: [5] }))
    const listed = (await nft.elements({ ...filter, set: 's' })).map(({ key }) => key)
    // Either they were added before, or to the other set, which has intervals.
    t.true(listed.length === 0 || (listed.length === 1 && listed[0] === 5), JSON.stringify(listed))
  }
})

kernelTest('a rule looks up the set that there is when it is added, as one of its shape', async (t) => {
  const expressions = [match.mark('@s')]
  const adding = whileReplaced(t, async (one) => one.addRule({ ...filter, chain: 'c', expressions }))
  // The set is in use by the rule if that came first.
  const nft = await adding.catch((error) => (error.code === 'EBUSY' ? undefined : Promise.reject(error)))
  const rule = (await nft?.rules(filter))?.[0]
  t.true(nft === undefined || rule?.expressions.some(({ name }) => name === 'byteorder'))
})

kernelTest('a generation that was given is kept: what changed since is reported', async (t) => {
  const { nft } = await firewall(t)
  await nft.addTable({ family: 'inet', name: 'filter' })
  await nft.addSet({ ...filter, name: 's', type: 'mark' })
  const generation = (await nft.generation()) - 1
  const add = { ...filter, set: 's', elements: [5] }
  const late = nft.transaction((change) => change.addElements(add), { generation })
  await t.throwsAsync(late, { instanceOf: NetlinkError, code: 'ERESTART' })
  t.deepEqual(await nft.elements({ ...filter, set: 's' }), [])
})
