import type { Netns, RtNetlink } from '../../../lib/index.js'
import { toolTest } from '../../helpers/needs.js'
import { sandbox } from '../../helpers/sandbox.js'

const exactTest = toolTest('ip')

async function run(netns: Netns, ...commands: readonly string[]) {
  for (const words of commands) await netns.exec('ip', words.split(' '))
}

async function stage(netns: Netns) {
  await run(
    netns,
    'link add v0 type veth peer name v1',
    'link set v0 addrgenmode none up',
    'link set v1 addrgenmode none up',
    'addr add 10.0.0.1/24 dev v0',
    '-6 addr add fd00::1/64 dev v0 nodad',
  )
}

const withoutChance = (objects: readonly object[]) => objects.map((one) => ({ ...one, cacheinfo: undefined }))

/** Deletes each of the listed objects alone; the others must be left as they were. */
const ROUTES = {
  'IPv4 routes': [
    'via 10.0.0.3 src 10.0.0.1',
    'via 10.0.0.3',
    'via 10.0.0.3 dev v0 onlink',
    'via 10.0.0.3 proto static',
    'via 10.0.0.3 mtu 1300',
    'dev v0 scope global',
    'dev v0 encap ip id 7 dst 10.0.0.9',
    'dev v0',
    'nexthop via 10.0.0.4 nexthop via 10.0.0.5',
    'nexthop via 10.0.0.4 nexthop via 10.0.0.5 weight 2',
    'via 10.0.0.4',
  ].map((words) => `route append 10.9.0.0/16 ${words}`),
  'IPv6 routes': ['dev v0 encap ip6 id 6 dst fd00::9', 'dev v0 encap ip6 id 5 dst fd00::9', 'dev v0'].map(
    (words) => `-6 route append fd09::/64 ${words}`,
  ),
}

const mine = async (net: RtNetlink) =>
  (await net.routes.list({ table: 'main' })).filter(({ dst }) => /^10\.9|^fd09/.test(dst))

for (const [title, commands] of Object.entries(ROUTES)) {
  exactTest(`of ${title} that differ in little, the listed one is deleted, and no other`, async (t) => {
    for (let i = 0; i < commands.length; i++) {
      const { netns, net } = await sandbox(t)
      await stage(netns)
      await run(netns, ...commands)
      const before = await mine(net)
      if (i >= before.length) break
      const doomed = before[i] as (typeof before)[number]
      await net.routes.delete(doomed)
      const left = withoutChance(await mine(net)).map((one) => JSON.stringify(one))
      const expected = withoutChance(before.filter((one) => one !== doomed)).map((one) => JSON.stringify(one))
      t.deepEqual(left.sort(), expected.sort(), `route ${i}`)
      await t.throwsAsync(net.routes.delete(doomed), { code: 'ESRCH' })
      t.deepEqual(
        withoutChance(await mine(net))
          .map((one) => JSON.stringify(one))
          .sort(),
        expected,
      )
    }
  })
}

exactTest('of rules of one priority, the listed one is deleted, and no other', async (t) => {
  const { netns, net } = await sandbox(t)
  await stage(netns)
  for (const family of ['inet', 'inet6'] as const) {
    const option = family === 'inet' ? '-4' : '-6'
    for (let i = 0; i < 4; i++) {
      await run(
        netns,
        `${option} rule add priority 100 iif v0 table 5`,
        `${option} rule add priority 100 table 5 suppress_prefixlength 0`,
        `${option} rule add priority 100 table 5`,
        `${option} rule add priority 100 fwmark 1 table 5`,
      )
      const before = await net.rules.list({ family, priority: 100 })
      const doomed = before[i] as (typeof before)[number]
      await net.rules.delete(doomed)
      const left = (await net.rules.list({ family, priority: 100 })).map((one) => JSON.stringify(one))
      t.deepEqual(
        left.sort(),
        before
          .filter((one) => one !== doomed)
          .map((one) => JSON.stringify(one))
          .sort(),
      )
      await t.throwsAsync(net.rules.delete(doomed), { code: 'ENOENT' })
      t.is((await net.rules.list({ family, priority: 100 })).length, 3)
      await net.rules.deleteAll(await net.rules.list({ family, priority: 100 }))
    }
  }
})

exactTest('a reference that is missing is refused by a rejection that names it', async (t) => {
  const { net } = await sandbox(t)
  for (const object of [net.routes, net.rules]) {
    for (const nothing of [undefined, null]) {
      const deleted = object.delete(nothing as never)
      await t.throwsAsync(deleted, { code: 'ERR_NETLINK_ARGUMENT', message: /^spec must be/ })
    }
  }
})
