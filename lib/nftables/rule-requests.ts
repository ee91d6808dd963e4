import { messageFlag, type NftExpressionInput, nftRuleMessage } from '../../protocol/index.js'
import type { Read, Request } from '../connection/index.js'
import { ArgumentError } from '../errors.js'
import { anonymousSet } from './anonymous-sets.js'
import { callText } from './builders.js'
import { commentUserdata } from './comment.js'
import type { SetLookup } from './known-sets.js'
import { expressionsOf } from './parts.js'
import { request } from './request.js'
import type { NftRuleContext, NftRuleSpec } from './spec.js'

/**
 * The requests that add a rule, after those that add its anonymous sets.
 * @param handle of the rule to replace
 */
export function ruleRequests(
  lookup: SetLookup,
  spec: NftRuleSpec,
  flags: number,
  handle?: bigint,
): Request[] {
  const { family, table, chain, comment, position } = spec
  if (!Array.isArray(spec.expressions)) {
    throw new ArgumentError('expressions', spec.expressions, 'an array of expressions')
  }
  const requests: Request[] = []
  const protocols = new Map<string, string>()
  const context: NftRuleContext = {
    family,
    requires(layer, protocol) {
      context.allows(layer, protocol)
      const isNew = !protocols.has(layer)
      protocols.set(layer, protocol)
      return isNew
    },
    allows(layer, protocol) {
      const known = protocols.get(layer)
      if (known === undefined || known === protocol) return
      const message = `a rule cannot match ${known} and ${protocol}: no packet is both`
      throw new ArgumentError('expressions', protocol, `matches of ${known}`, message)
    },
    set: (name) => lookup.shape({ family, table, set: name }),
    anonymousSet(fields, elements, argument, data) {
      const added = anonymousSet({ family, table }, fields, elements, data, argument, chain)
      requests.push(...added.requests)
      return added.set
    },
  }
  const expressions: NftExpressionInput[] = []
  /** The index of the first expression after each part. */
  const ends = spec.expressions.map((part, i) => {
    expressions.push(...expressionsOf(part, context, `expressions.${i}`))
    return expressions.length
  })
  const value = { table, chain, handle, position, expressions, userdata: commentUserdata(comment) }
  const rule = request('newrule', nftRuleMessage, family, value, chain, flags | messageFlag.echo)
  const given = ([member, index]: readonly string[]) => {
    const part = member === 'expressions' ? ends.findIndex((end) => Number(index) < end) : -1
    const text = callText(spec.expressions[part])
    return text === undefined ? undefined : { argument: `expressions.${part}`, text }
  }
  return [...requests, { ...rule, given, echo: readHandle }]
}

/** Reads the handle that the kernel assigned to a rule from its echo. */
const readHandle: Read<bigint | undefined> = (view, at, length) =>
  nftRuleMessage.decode(view, at, length, {}).handle
