import assert from 'node:assert/strict'
import fc from 'fast-check'
import { toolTest } from '../helpers/needs.js'
import * as kinds from './kinds/index.js'
import type { Kind } from './kinds/kind.js'
import { modelParameters } from './parameters.js'
import { stable, stage } from './stage.js'

/*
 * What is listed can go back: random objects are added by the library or by ip(8), and listed. Deleting by one of the listed
 * objects takes exactly that one; adding it again gives the same listing, and the same text of `ip -d`.
 */

const modelTest = toolTest('ip')

function checkKind<Spec extends object, V extends Spec>(title: string, kind: Kind<Spec, V>): void {
  modelTest(`what is listed can go back: ${title}`, async (t) => {
    const all = await stage(t)
    const { net, ip, text } = all
    const own = (await kind.list(net)).map(stable)
    const added = async () => {
      const rest = [...own]
      return (await kind.list(net)).filter((value) => {
        const i = rest.indexOf(stable(value))
        if (i >= 0) rest.splice(i, 1)
        return i < 0
      })
    }
    const show = () => kind.shown.map(text)
    const property = async (specs: readonly { spec: Spec; byIp: boolean }[], choice: number) => {
      for (const { spec, byIp } of specs) {
        try {
          if (byIp) ip(kind.command(spec))
          else await kind.add(net, spec)
        } catch (error) {
          // Some combinations are refused by the kernel, such as a route that exists.
          const refused =
            byIp ||
            ['ERR_NETLINK_ARGUMENT', 'ERR_NETLINK_ENCODE'].includes((error as { code: string }).code) ===
              false
          if (!refused) throw error
        }
      }
      const before = await added()
      if (before.length === 0) return
      const shown = show()
      const chosen = before[choice % before.length] as V
      const others = before.filter((one) => one !== chosen)
      if (!others.some((other) => kind.ambiguous?.(chosen, other))) {
        await kind.remove(net, chosen)
        assert.deepEqual(
          (await added()).map(stable).sort(),
          others.map(stable).sort(),
          `deleted ${stable(chosen)}`,
        )
        await kind.add(net, chosen)
        assert.deepEqual(
          (await added()).map(stable).sort(),
          before.map(stable).sort(),
          `added again ${stable(chosen)}`,
        )
        assert.deepEqual(show(), shown)
      }
    }
    await fc.assert(
      fc
        .asyncProperty(
          fc.array(fc.record({ spec: kind.spec, byIp: fc.boolean() }), { minLength: 1, maxLength: 6 }),
          fc.nat(100),
          property,
        )
        .afterEach(async () => kind.clear(all, await added())),
      modelParameters(t, 40),
    )
    t.pass()
  })
}

for (const [title, kind] of Object.entries(kinds)) checkKind(title, kind as unknown as Kind<object, object>)
