import assert from 'node:assert/strict'
import fc from 'fast-check'
import { toolTest } from '../helpers/needs.js'
import * as kinds from './kinds/index.js'
import type { Kind } from './kinds/kind.js'
import { modelParameters } from './parameters.js'
import { type Stage, stable, stage } from './stage.js'

/*
 * The same as ip(8): a random object that one namespace gets from ip(8) and another from the library is listed the same in
 * both, whatever is left to defaults; what the kernel refuses to one, it refuses to the other.
 */

const modelTest = toolTest('ip')

for (const [title, any] of Object.entries(kinds)) {
  const kind = any as unknown as Kind<object, object>
  const listAll = kind.listAll ?? kind.list
  modelTest(`objects are added as by ip(8): ${title}`, async (t) => {
    const theirs = await stage(t)
    const ours = await stage(t)
    const own = (await listAll(ours.net)).map(stable)
    const added = async ({ net }: Stage) =>
      (await listAll(net)).filter((value) => !own.includes(stable(value)))
    const property = async (given: object, less: boolean) => {
      const spec = less && kind.less ? kind.less(given) : given
      const [stock, refusal] = [outcome(() => theirs.ip(kind.command(spec))), kind.add(ours.net, spec)]
      const refused = await refusal.then(
        () => undefined,
        (error: Error) => error,
      )
      // Older versions lack some words.
      if (stock?.includes('is a garbage')) return
      const shown = JSON.stringify(spec)
      assert.equal(refused === undefined, stock === undefined, `${shown}: ${refused?.message}; ip: ${stock}`)
      assert.deepEqual((await added(ours)).map(stable), (await added(theirs)).map(stable), shown)
    }
    const clear = async (one: Stage) => {
      for (const value of await added(one)) await kind.remove(one.net, value)
    }
    await fc.assert(
      fc.asyncProperty(kind.spec, fc.boolean(), property).afterEach(async () => {
        await Promise.all([clear(theirs), clear(ours)])
      }),
      modelParameters(t, 40),
    )
    t.pass()
  })
}

/** What it fails with. */
function outcome(act: () => unknown): string | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    return String((error as { stderr?: string }).stderr ?? error).trim()
  }
}
