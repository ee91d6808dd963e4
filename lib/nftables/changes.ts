import {
  messageFlag,
  type NfFamily,
  nftChainMessage,
  nftFlowtableMessage,
  nftObjectMessage,
  nftRuleMessage,
  nftSetElementsMessage,
  nftSetMessage,
  nftTableMessage,
} from '../../protocol/index.js'
import type { Request } from '../connection/index.js'
import { ArgumentError } from '../errors.js'
import { assertDevices, assertFlags } from './assert-names.js'
import { assertFamily, assertHandle, assertName, assertSpec } from './assert-spec.js'
import { intervalsOf, isMerging, mergedIntervals } from './auto-merge.js'
import { commentUserdata } from './comment.js'
import { changeElements, mergingRequests } from './element-changes.js'
import { encodedElements, parseElements } from './elements.js'
import { hookNumber, priorityNumber } from './hooks.js'
import type { SetLookup } from './known-sets.js'
import { objectData, objectType } from './object-data.js'
import { creationFlags, nextSetId, request } from './request.js'
import { ruleRequests } from './rule-requests.js'
import { elementRequests, setValue } from './set-requests.js'
import { sameTypes, shapeOfSpec } from './set-shape.js'
import {
  chainKeys,
  chainRefKeys,
  flowtableKeys,
  flowtableRefKeys,
  type NftChainRef,
  type NftChainSpec,
  type NftElementsSpec,
  type NftFlowtableRef,
  type NftFlowtableSpec,
  type NftObjectRef,
  type NftObjectSpec,
  type NftRuleReplacement,
  type NftRuleSpec,
  type NftRulesRef,
  type NftSetRef,
  type NftSetSpec,
  type NftTableRef,
  type NftTableSpec,
  objectKeys,
  objectRefKeys,
  ruleKeys,
  ruleReplacementKeys,
  rulesRefKeys,
  setKeys,
  setRefKeys,
  tableKeys,
  tableRefKeys,
} from './spec.js'

/**
 * The changes that a transaction can make, each as the requests that it sends. They are pure: nothing is sent. All
 * throw {@link ArgumentError} for invalid arguments; the kernel refuses when the transaction is sent.
 */
export const changes = {
  /** Adds a table. One that exists is kept as it is, or is an error (`EEXIST`) with `exclusive`. */
  addTable(_sets: SetLookup, spec: NftTableSpec, exclusive = false): Request[] {
    assertSpec(spec, tableKeys)
    const { family, name, flags, comment } = spec
    if (flags !== undefined) assertFlags(flags, TABLE_FLAGS)
    const value = { name, flags, userdata: commentUserdata(comment) }
    return [request('newtable', nftTableMessage, family, value, name, creationFlags(exclusive))]
  },

  /** Deletes a table and everything in it. */
  deleteTable(sets: SetLookup, ref: NftTableRef): Request[] {
    assertSpec(ref, tableRefKeys)
    const { family, table } = ref
    sets.added.delete(family, table)
    return [request('deltable', nftTableMessage, family, { name: table }, table)]
  },

  /** Adds a chain. One that exists gets the policy of the spec, or is an error (`EEXIST`) with `exclusive`. */
  addChain(_sets: SetLookup, spec: NftChainSpec, exclusive = false): Request[] {
    assertSpec(spec, chainKeys)
    const { family, table, name, comment } = spec
    const value = { table, name, ...baseChain(spec), userdata: commentUserdata(comment) }
    return [request('newchain', nftChainMessage, family, value, name, creationFlags(exclusive))]
  },

  /** Deletes a chain and its rules. */
  deleteChain(_sets: SetLookup, ref: NftChainRef): Request[] {
    assertSpec(ref, chainRefKeys)
    const { family, table, chain } = ref
    return [request('delchain', nftChainMessage, family, { table, name: chain }, chain)]
  },

  /** Adds a rule at the end of its chain, or after the rule with the handle `position`. */
  addRule(sets: SetLookup, spec: NftRuleSpec): Request[] {
    assertSpec(spec, ruleKeys)
    return ruleRequests(sets, spec, messageFlag.create | messageFlag.append)
  },

  /** Inserts a rule at the beginning of its chain, or before the rule with the handle `position`. */
  insertRule(sets: SetLookup, spec: NftRuleSpec): Request[] {
    assertSpec(spec, ruleKeys)
    return ruleRequests(sets, spec, messageFlag.create)
  },

  /** Replaces the rule with the handle `handle`. */
  replaceRule(sets: SetLookup, spec: NftRuleReplacement): Request[] {
    assertSpec(spec, ruleReplacementKeys)
    assertHandle(spec.handle, 'handle')
    return ruleRequests(sets, spec, messageFlag.replace, spec.handle)
  },

  /** Deletes one rule by its chain and handle; without `handle` all rules of the chain, without both all of the table. */
  deleteRules(_sets: SetLookup, ref: NftRulesRef): Request[] {
    assertSpec(ref, rulesRefKeys, 'chain')
    const { family, table, chain, handle } = ref
    if (handle !== undefined && chain === undefined) {
      // The kernel looks handles up in a chain; without one, it deletes all rules of the table.
      const message = `chain is missing: a rule is deleted by its chain and its handle (${handle}n)`
      throw new ArgumentError('chain', chain, 'the name of the chain that has the rule', message)
    }
    return [request('delrule', nftRuleMessage, family, { table, chain, handle }, chain ?? table)]
  },

  /**
   * Adds a set or a map with elements. One that exists only gets the elements, or is an error (`EEXIST`) with
   * `exclusive`.
   */
  addSet(sets: SetLookup, spec: NftSetSpec, exclusive = false): Request[] {
    assertSpec(spec, setKeys)
    const { family, table, name, elements = [] } = spec
    const shape = shapeOfSpec(spec)
    const ref = { family, table, set: name }
    const id = nextSetId()
    const value = { table, name, id, ...setValue(spec, shape) }
    const newSet = request('newset', nftSetMessage, family, value, name, creationFlags(exclusive))
    const encoded = encodedElements(elements, shape)
    const [type] = shape.types
    if (!isMerging(shape) || type === undefined) sets.added.set(ref, shape)
    else {
      const parsed = parseElements(elements, shape)
      const found = exclusive || parsed.length === 0 ? undefined : sets.existing(ref)
      // It is read, and then this is called again.
      if (sets.missing.length > 0) return []
      // The elements are merged with those of a set that exists; one of another type is left to the kernel to refuse.
      if (found !== undefined && isMerging(found) && sameTypes(found.types, shape.types)) {
        return [newSet, ...mergingRequests(sets, 'newsetelem', ref, found, type, parsed)]
      }
      const keys = parsed.filter((one) => !one.catchall)
      sets.add(ref, shape, mergedIntervals(intervalsOf(type, keys)))
    }
    return [newSet, ...elementRequests('newsetelem', ref, encoded, id)]
  },

  /** Deletes a set or a map that no rule uses. */
  deleteSet(sets: SetLookup, ref: NftSetRef): Request[] {
    assertSpec(ref, setRefKeys)
    const { family, table, set } = ref
    sets.added.delete(family, table, set)
    return [request('delset', nftSetMessage, family, { table, name: set }, set)]
  },

  /** Adds elements to a set or a map. */
  addElements(sets: SetLookup, spec: NftElementsSpec): Request[] {
    return changeElements(sets, 'newsetelem', spec)
  },

  /** Deletes elements of a set or a map; of each only the key is compared. */
  deleteElements(sets: SetLookup, spec: NftElementsSpec): Request[] {
    return changeElements(sets, 'delsetelem', spec)
  },

  /** Deletes all elements of a set or a map. */
  flushSet(sets: SetLookup, ref: NftSetRef): Request[] {
    assertSpec(ref, setRefKeys)
    const { family, table, set } = ref
    sets.flush({ family, table, set })
    return [request('delsetelem', nftSetElementsMessage, family, { table, set }, set)]
  },

  /** Deletes all tables of a family, or of all families. */
  flushRuleset(sets: SetLookup, family: NfFamily | 'unspec' = 'unspec'): Request[] {
    assertFamily(family)
    sets.added.delete(family)
    return [request('deltable', nftTableMessage, family, {}, 'ruleset')]
  },

  /** Adds a named object. One that exists is kept as it is, or is an error (`EEXIST`) with `exclusive`. */
  addObject(_sets: SetLookup, spec: NftObjectSpec, exclusive = false): Request[] {
    assertSpec(spec, objectKeys)
    const { family, table, name, comment } = spec
    const type = objectType(spec.type)
    const value = { table, name, type, data: objectData(spec), userdata: commentUserdata(comment) }
    return [request('newobj', nftObjectMessage, family, value as never, name, creationFlags(exclusive))]
  },

  /** Deletes a named object that nothing refers to. */
  deleteObject(_sets: SetLookup, ref: NftObjectRef): Request[] {
    assertSpec(ref, objectRefKeys)
    const { family, table, name } = ref
    return [
      request('delobj', nftObjectMessage, family, { table, name, type: objectType(ref.type) } as never, name),
    ]
  },

  /** Adds a flowtable. One that exists gets the links, or is an error (`EEXIST`) with `exclusive`. */
  addFlowtable(_sets: SetLookup, spec: NftFlowtableSpec, exclusive = false): Request[] {
    assertSpec(spec, flowtableKeys)
    const { family, table, name, devices, priority = 'filter', flags = [] } = spec
    assertDevices(devices)
    assertFlags(flags, Object.keys(FLOWTABLE_FLAGS))
    const value = {
      table,
      name,
      hook: { num: 0, priority: priorityNumber(family, 'ingress', priority), devs: devices },
      ...(flags.length === 0 ? {} : { flags: flags.map((flag) => FLOWTABLE_FLAGS[flag]) }),
    }
    return [request('newflowtable', nftFlowtableMessage, family, value, name, creationFlags(exclusive))]
  },

  /** Deletes a flowtable that no rule uses. */
  deleteFlowtable(_sets: SetLookup, ref: NftFlowtableRef): Request[] {
    assertSpec(ref, flowtableRefKeys)
    const { family, table, flowtable } = ref
    return [request('delflowtable', nftFlowtableMessage, family, { table, name: flowtable }, flowtable)]
  },
} as const

export type Changes = typeof changes

const TABLE_FLAGS = ['dormant', 'owner', 'persist']

/** By nft(8)'s names. */
const FLOWTABLE_FLAGS = { offload: 'hwOffload', counter: 'counter' } as const

/** @throws {@link ArgumentError} when it does not name a chain, or the name is none */
export function assertChainName(ref: NftChainRef, name: string): void {
  assertSpec(ref, chainRefKeys)
  assertName(name, 'name', 'the name of a chain')
}

/** @throws {@link ArgumentError} when it does not name an object */
export function assertObjectRef(ref: NftObjectRef): void {
  assertSpec(ref, objectRefKeys)
  objectType(ref.type)
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
  if (devices !== undefined) assertDevices(devices)
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
