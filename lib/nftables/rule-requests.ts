import { messageFlag, nftRuleMessage, nftSetMessage } from '../../protocol/index.js'
import type { Read, Request } from '../connection/index.js'
import { ArgumentError } from '../errors.js'
import { commentUserdata } from './comment.js'
import type { NftKeyType } from './elements.js'
import { expressionsOf } from './parts.js'
import { nextSetId, request } from './request.js'
import { elementRequests, setValue } from './set-requests.js'
import type { NftRuleContext, NftRuleSpec } from './spec.js'

/**
 * The requests that add a rule, after those that add its anonymous sets.
 * @param handle of the rule to replace
 */
export function ruleRequests(spec: NftRuleSpec, flags: number, handle?: bigint): Request[] {
  const { family, table, chain, comment, position } = spec
  if (!Array.isArray(spec.expressions)) {
    throw new ArgumentError('expressions', spec.expressions, 'an array of expressions')
  }
  const sets: Request[] = []
  const context: NftRuleContext = {
    family,
    anonymousSet(type, values) {
      const setId = nextSetId()
      // The kernel replaces %d by an unused number.
      const set = '__set%d'
      const isName = (value: string | number) => type.names !== undefined && Object.hasOwn(type.names, value)
      const interval = values.some((value) => /[-/]/.test(String(value)) && !isName(value))
      const keys = { type: type.name as NftKeyType, interval }
      const described = setValue({ ...keys, constant: true, size: values.length })
      const own = { table, name: set, id: setId, ...described }
      const setFlags = ['anonymous' as const, ...(described.flags ?? [])]
      sets.push(
        request('newset', nftSetMessage, family, { ...own, flags: setFlags }, chain, messageFlag.create),
        ...elementRequests('newsetelem', { family, table, set, ...keys, elements: values }, setId),
      )
      return { set, setId }
    },
  }
  const expressions = expressionsOf(spec.expressions, context)
  const value = { table, chain, handle, position, expressions, userdata: commentUserdata(comment) }
  const rule = request('newrule', nftRuleMessage, family, value, chain, flags | messageFlag.echo)
  return [...sets, { ...rule, echo: readHandle }]
}

/** Reads the handle that the kernel assigned to a rule from its echo. */
const readHandle: Read<bigint | undefined> = (view, at, length) =>
  nftRuleMessage.decode(view, at, length, {}).handle
