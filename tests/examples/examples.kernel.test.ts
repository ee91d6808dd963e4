import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { formatRuleset, Nftables } from '../../lib/index.js'
import { kernelTest } from '../helpers/needs.js'
import { sandbox } from '../helpers/sandbox.js'

const folder = fileURLToPath(new URL('../../examples/', import.meta.url))

/** The output of each example. */
const OUTPUT: Readonly<Record<string, RegExp>> = {
  'bridge-lan': /10\.0\.0\.3 → 10\.0\.0\.2: [\d.]+ ms.*port host3: forwarding/s,
  'bulk-routes': /item 75004: .*EEXIST.*100000 routes listed/s,
  'fake-kernel': /requested: 10\.0\.0\.1, 10\.0\.1\.1; br0 was numbered/,
  'http-inside': /8080 is this thread.*8081 is a worker inside/s,
  isolation: /without loopback it has no link; connecting to 192\.0\.2\.1: ENETUNREACH.*hello from outside/s,
  neighbours: /static: permanent.*192\.0\.2\.77.*learned: 192\.0\.2\.1 [0-9a-f:]{17}.*flushed: 1/s,
  'nat-uplink': /before: .*unreachable.*you are 198\.51\.100\.1.*masquerade.*after: .*unreachable/s,
  'policy-routing': /198\.51\.100\.2 the route goes via 198\.51\.100\.1.*answered through mobile/s,
  'port-forward': /answers: from behind.*packets 1 bytes 60 dnat to 10\.0\.0\.2:80/s,
  'veth-pair': /10\.0\.0\.2 answered after/,
  vxlan: /answered through the tunnel.*vxlan 42, mtu 1500/s,
  watch: /synced.*changed link v0: .*added address 10\.0\.0\.1\/24.*removed link v0/s,
}

const names = readdirSync(folder)
  .filter((file) => /^[\w-]+\.js$/.test(file) && file !== 'demo.js')
  .map((file) => file.replace('.js', ''))

for (const name of names) {
  kernelTest(`the example ${name} prints what it shows, and leaves nothing behind`, async (t) => {
    const { netns, net } = await sandbox(t)
    await net.links.set('lo', { up: true })
    const { stdout, stderr } = await netns.exec(process.execPath, [`${folder}${name}.js`], {
      timeout: 60_000,
    })
    t.is(stderr, '')
    t.regex(stdout, OUTPUT[name] ?? /^$/)
    t.deepEqual(
      (await net.links.list()).map((link) => link.name),
      ['lo'],
    )
    await using nft = await Nftables.open({ netns })
    t.is(formatRuleset(await nft.ruleset()), '')
    t.deepEqual(netns.pids(), [])
  })
}

kernelTest('each example is in the table of this test', (t) => {
  t.deepEqual(Object.keys(OUTPUT).sort(), names.sort())
})
