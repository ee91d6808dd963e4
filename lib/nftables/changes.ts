import {
  messageFlag,
  type NfFamily,
  nfproto,
  nftChainMessage,
  nftRuleMessage,
  nftSetElementsMessage,
  nftSetMessage,
  nftTableMessage,
} from '../../protocol/index.js'
import type { Request } from '../connection/index.js'
import { ArgumentError } from '../errors.js'
import { assertKnownKeys } from '../options.js'
import { commentUserdata } from './comment.js'
import { hookNumber, priorityNumber } from './hooks.js'
import { creationFlags, nextSetId, request } from './request.js'
import { ruleRequests } from './rule-requests.js'
import { elementRequests, setValue } from './set-requests.js'
import {
  chainKeys,
  chainRefKeys,
  elementsKeys,
  type NftChainRef,
  type NftChainSpec,
  type NftElementsSpec,
  type NftRuleReplacement,
  type NftRuleSpec,
  type NftRulesRef,
  type NftSetRef,
  type NftSetSpec,
  type NftTableRef,
  type NftTableSpec,
  ruleKeys,
  ruleReplacementKeys,
  rulesRefKeys,
  setKeys,
  setRefKeys,
  tableKeys,
  tableRefKeys,
} from './spec.js'
import { unknownName } from './unknown-name.js'

/**
 * The changes that a transaction can make, each as the requests that it sends. They are pure: nothing is sent. All
 * throw {@link ArgumentError} for invalid arguments; the kernel refuses when the transaction is sent.
 */
export const changes = {
  /** Adds a table. One that exists is kept as it is, or is an error (`EEXIST`) with `exclusive`. */
  addTable(spec: NftTableSpec, exclusive = false): Request[] {
    assertSpec(spec, tableKeys)
    const { family, name, flags, comment } = spec
    const value = { name, flags, userdata: commentUserdata(comment) }
    return [request('newtable', nftTableMessage, family, value, name, creationFlags(exclusive))]
  },

  /** Deletes a table and everything in it. */
  deleteTable(ref: NftTableRef): Request[] {
    assertSpec(ref, tableRefKeys)
    const { family, table } = ref
    return [request('deltable', nftTableMessage, family, { name: table }, table)]
  },

  /** Adds a chain. One that exists gets the policy of the spec, or is an error (`EEXIST`) with `exclusive`. */
  addChain(spec: NftChainSpec, exclusive = false): Request[] {
    assertSpec(spec, chainKeys)
    const { family, table, name, comment } = spec
    const value = { table, name, ...baseChain(spec), userdata: commentUserdata(comment) }
    return [request('newchain', nftChainMessage, family, value, name, creationFlags(exclusive))]
  },

  /** Deletes a chain and its rules. */
  deleteChain(ref: NftChainRef): Request[] {
    assertSpec(ref, chainRefKeys)
    const { family, table, chain } = ref
    return [request('delchain', nftChainMessage, family, { table, name: chain }, chain)]
  },

  /** Adds a rule at the end of its chain, or after the rule with the handle `position`. */
  addRule(spec: NftRuleSpec): Request[] {
    assertSpec(spec, ruleKeys)
    return ruleRequests(spec, messageFlag.create | messageFlag.append)
  },

  /** Inserts a rule at the beginning of its chain, or before the rule with the handle `position`. */
  insertRule(spec: NftRuleSpec): Request[] {
    assertSpec(spec, ruleKeys)
    return ruleRequests(spec, messageFlag.create)
  },

  /** Replaces the rule with the handle `handle`. */
  replaceRule(spec: NftRuleReplacement): Request[] {
    assertSpec(spec, ruleReplacementKeys)
    return ruleRequests(spec, messageFlag.replace, spec.handle)
  },

  /** Deletes one rule by its handle; without `handle` all rules of the chain, without `chain` all of the table. */
  deleteRules(ref: NftRulesRef): Request[] {
    assertSpec(ref, rulesRefKeys)
    const { family, table, chain, handle } = ref
    return [request('delrule', nftRuleMessage, family, { table, chain, handle }, chain ?? table)]
  },

  /**
   * Adds a set or a map with elements. One that exists only gets the elements, or is an error (`EEXIST`) with
   * `exclusive`.
   */
  addSet(spec: NftSetSpec, exclusive = false): Request[] {
    assertSpec(spec, setKeys)
    const { family, table, name, elements = [] } = spec
    const id = nextSetId()
    const value = { table, name, id, ...setValue(spec) }
    return [
      request('newset', nftSetMessage, family, value, name, creationFlags(exclusive)),
      ...elementRequests('newsetelem', { ...spec, set: name, elements }, id),
    ]
  },

  /** Deletes a set or a map that no rule uses. */
  deleteSet(ref: NftSetRef): Request[] {
    assertSpec(ref, setRefKeys)
    const { family, table, set } = ref
    return [request('delset', nftSetMessage, family, { table, name: set }, set)]
  },

  /** Adds elements to a set or a map of the given shape. */
  addElements(spec: NftElementsSpec): Request[] {
    assertSpec(spec, elementsKeys)
    return elementRequests('newsetelem', spec)
  },

  /** Deletes elements of a set or a map of the given shape. */
  deleteElements(spec: NftElementsSpec): Request[] {
    assertSpec(spec, elementsKeys)
    return elementRequests('delsetelem', spec)
  },

  /** Deletes all elements of a set or a map. */
  flushSet(ref: NftSetRef): Request[] {
    assertSpec(ref, setRefKeys)
    const { family, table, set } = ref
    return [request('delsetelem', nftSetElementsMessage, family, { table, set }, set)]
  },

  /** Deletes all tables of a family, or of all families. */
  flushRuleset(family: NfFamily | 'unspec' = 'unspec'): Request[] {
    assertFamily(family)
    return [request('deltable', nftTableMessage, family, {}, 'ruleset')]
  },
} as const

export type Changes = typeof changes

function assertSpec(spec: { readonly family: NfFamily }, keys: readonly string[]): void {
  assertKnownKeys(spec, keys, 'spec')
  assertFamily(spec.family)
}

function assertFamily(family: NfFamily | 'unspec'): void {
  if (Object.hasOwn(nfproto, family)) return
  const families = Object.keys(nfproto).filter((name) => name !== 'unspec')
  throw unknownName('family', family, families)
}

/** The attributes that only a base chain has. */
function baseChain(spec: NftChainSpec) {
  const { family, hook, type = 'filter', priority = 'filter', policy, devices } = spec
  if (hook === undefined) {
    const given = (['type', 'priority', 'policy', 'devices'] as const).filter(
      (key) => spec[key] !== undefined,
    )
    if (given.length === 0) return {}
    const message = `hook is missing: ${given.join(', ')} can only be given for a base chain, which has a hook`
    throw new ArgumentError('hook', hook, `given with ${given.join(', ')}`, message)
  }
  return {
    type,
    policy,
    hook: {
      hooknum: hookNumber(family, hook),
      priority: priorityNumber(family, hook, priority),
      ...(devices?.length === 1 ? { dev: devices[0] } : { devs: devices }),
    },
  }
}
