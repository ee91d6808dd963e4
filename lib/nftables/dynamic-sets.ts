import { type NftExpressionInput, nftRegister } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import { assertBoolean, assertKnownKeys } from '../options.js'
import { assertKeyTypes, isSetReference } from './comparison.js'
import { padded } from './datatypes.js'
import { countPackets } from './expressions/counter.js'
import { WORK_REGISTER } from './expressions/expression.js'
import { type LimitOptions, limitRate } from './expressions/limit.js'
import { keysOf } from './keys.js'
import { quotaData } from './object-data.js'
import { loadKey, type NftFieldName, selectorsOf } from './selector.js'
import { loadSource, type NftSource } from './sources.js'
import type { NftRuleContext, NftRulePart, QuotaOptions } from './spec.js'
import { milliseconds } from './units.js'

/** What an element has that a rule adds to a set. nft(8), SET STATEMENT */
export interface SetUpdateOptions {
  /** How long it stays, ms; by default as the set says. */
  readonly timeout?: number | undefined
  /** Whether it counts the packets that the rule adds or updates it for. */
  readonly counter?: boolean | undefined
  /** The rest of the rule applies up to this rate for each element, or above it with `over`. */
  readonly limit?: LimitOptions | undefined
  /** The rest of the rule applies until the element has used it up, or from then on with `over`. */
  readonly quota?: QuotaOptions | undefined
  /** The value of a map element. */
  readonly data?: NftSource | undefined
}

const keys = keysOf<SetUpdateOptions>({ timeout: true, counter: true, limit: true, quota: true, data: true })

/** Adds, updates or deletes the element of a set that the fields of a packet make. */
export function changeSet(
  op: 'add' | 'update' | 'delete',
  set: `@${string}`,
  key: NftFieldName | readonly NftFieldName[],
  options: SetUpdateOptions,
): NftRulePart {
  return (rule: NftRuleContext) => {
    assertKnownKeys(options, keys, 'options')
    if (!isSetReference(set)) throw new ArgumentError('set', set, 'the name of a set after "@": "@seen"')
    const fields = selectorsOf(key, 'key')
    const name = set.slice(1)
    const shape = rule.set(name)
    if (shape !== undefined) {
      assertKeyTypes(fields, shape, set, 'key')
      if (op !== 'delete') assertDataFits(options.data, shape.data?.kind, set)
    }
    const words = fields.reduce((sum, { length }) => sum + padded(length) / 4, 0)
    const dataRegister = nftRegister.reg1 + Math.ceil(words / 4)
    const { data, timeout } = options
    const type =
      shape?.data?.kind === 'values' && shape.data.types.length === 1 ? shape.data.types[0] : undefined
    const evaluated = statefulExpressions(options)
    const expression: NftExpressionInput = {
      name: 'dynset',
      data: {
        setName: name,
        op,
        sregKey: WORK_REGISTER,
        ...(data === undefined ? {} : { sregData: dataRegister }),
        ...(timeout === undefined ? {} : { timeout: milliseconds(timeout, 'timeout') }),
        ...(evaluated.length === 1 ? { expr: evaluated[0] } : {}),
        ...(evaluated.length > 1 ? { flags: ['expr' as const], expressions: evaluated } : {}),
      } as never,
    }
    return [
      loadKey(fields, shape?.interval ?? false, 'key'),
      data !== undefined && type !== undefined ? loadSource(type, data, dataRegister, 'data', rule) : [],
      expression,
    ]
  }
}

function assertDataFits(data: NftSource | undefined, kind: string | undefined, set: string): void {
  if (kind === undefined && data !== undefined) {
    throw new ArgumentError('data', data, 'left out', `data is only for maps; ${set} is a set`)
  }
  if (kind !== undefined && data === undefined)
    throw new ArgumentError('data', data, `given: ${set} is a map`)
}

function statefulExpressions({ counter, limit, quota }: SetUpdateOptions): NftExpressionInput[] {
  assertBoolean('counter', counter)
  return [
    ...(limit === undefined ? [] : [limitRate(limit)]),
    ...(quota === undefined ? [] : [{ name: 'quota' as const, data: quotaData(quota, 'quota') }]),
    ...(counter === true ? [countPackets] : []),
  ]
}
