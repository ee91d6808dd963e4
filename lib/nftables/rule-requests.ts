import { messageFlag, nftRuleMessage } from '../../protocol/index.js'
import type { Read, Request } from '../connection/index.js'
import { ArgumentError } from '../errors.js'
import { anonymousSet } from './anonymous-sets.js'
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
  const context: NftRuleContext = {
    family,
    set: (name) => lookup.shape({ family, table, set: name }),
    anonymousSet(fields, elements, argument, data) {
      const added = anonymousSet({ family, table }, fields, elements, data, argument, chain)
      requests.push(...added.requests)
      return added.set
    },
  }
  const expressions = expressionsOf(spec.expressions, context)
  const value = { table, chain, handle, position, expressions, userdata: commentUserdata(comment) }
  const rule = request('newrule', nftRuleMessage, family, value, chain, flags | messageFlag.echo)
  return [...requests, { ...rule, echo: readHandle }]
}

/** Reads the handle that the kernel assigned to a rule from its echo. */
const readHandle: Read<bigint | undefined> = (view, at, length) =>
  nftRuleMessage.decode(view, at, length, {}).handle
