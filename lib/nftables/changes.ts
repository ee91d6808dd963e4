import {
  type AnyCodec,
  batchMessage,
  messageFlag,
  NFTABLES,
  type NfFamily,
  type NftName,
  type NftSetMessageInput,
  nfnlBatch,
  nftChainMessage,
  nftMessage,
  nftMessageName,
  nftRuleMessage,
  nftSetElementsMessage,
  nftSetMessage,
  nftTableMessage,
} from '../../protocol/index.js'
import type { Read, Request } from '../connection/index.js'
import { ArgumentError } from '../errors.js'
import { assertKnownKeys } from '../options.js'
import { type Datatype, VERDICT_TYPE } from './datatypes.js'
import { elementMessages, type NftKeyType, typeNumbers, typesOf } from './elements.js'
import { hookNumber, priorityNumber } from './hooks.js'
import { expressionsOf } from './parts.js'
import type {
  NftChainSpec,
  NftElementsSpec,
  NftRuleContext,
  NftRuleSpec,
  NftSetSpec,
  NftTableRef,
  NftTableSpec,
} from './spec.js'

const CREATE = messageFlag.create
const creation = (exclusive: boolean) => (exclusive ? CREATE | messageFlag.exclusive : CREATE)
/** As many as surely fit an attribute of 64 KiB. */
const ELEMENTS_A_MESSAGE = 500
/** struct nft_verdict of 64-bit processors. include/net/netfilter/nf_tables.h */
const VERDICT_LENGTH = 16

function request(
  name: NftName,
  codec: AnyCodec,
  family: NfFamily | 'unspec',
  value: Record<string, unknown>,
  subject: string,
  flags = 0,
): Request {
  return {
    type: nftMessage[name],
    name: nftMessageName(name),
    codec,
    subject,
    flags,
    value: { family, ...value },
  }
}

let transactionSets = 0

/** What can be changed, each as requests that are sent within a transaction. Pure: nothing is asked, nothing is sent. */
export const changes = {
  addTable(spec: NftTableSpec, exclusive = false): Request[] {
    assertKnownKeys(spec, ['family', 'name', 'flags', 'comment'], 'spec')
    const { family, name, flags, comment } = spec
    return [request('newtable', nftTableMessage, family, { name, flags, comment }, name, creation(exclusive))]
  },

  deleteTable({ family, table }: NftTableRef): Request[] {
    return [request('deltable', nftTableMessage, family, { name: table }, table)]
  },

  addChain(spec: NftChainSpec, exclusive = false): Request[] {
    assertKnownKeys(
      spec,
      ['family', 'table', 'name', 'type', 'hook', 'priority', 'policy', 'devices', 'comment'],
      'spec',
    )
    const { family, table, name, type = 'filter', hook, priority = 'filter', policy, devices, comment } = spec
    const base = hook !== undefined && {
      type,
      policy,
      hook: {
        hooknum: hookNumber(family, hook),
        priority: priorityNumber(family, hook, priority),
        ...(devices?.length === 1 ? { dev: devices[0] } : { devs: devices }),
      },
    }
    if (!base && (spec.type !== undefined || policy !== undefined || devices !== undefined)) {
      throw new ArgumentError('hook', hook, 'left out where type, policy or devices are given')
    }
    const value = { table, name, ...base, comment }
    return [request('newchain', nftChainMessage, family, value, name, creation(exclusive))]
  },

  deleteChain({ family, table, chain }: NftTableRef & { readonly chain: string }): Request[] {
    return [request('delchain', nftChainMessage, family, { table, name: chain }, chain)]
  },

  addRule: (spec: NftRuleSpec) => ruleRequests(spec, CREATE | messageFlag.append),

  insertRule: (spec: NftRuleSpec) => ruleRequests(spec, CREATE),

  replaceRule({ handle, ...spec }: NftRuleSpec & { readonly handle: bigint }): Request[] {
    return ruleRequests(spec, messageFlag.replace, handle)
  },

  /** A rule; without a handle all of the chain, without a chain all of the table. */
  deleteRules(
    ref: NftTableRef & { readonly chain?: string | undefined; readonly handle?: bigint | undefined },
  ): Request[] {
    const { family, table, chain, handle } = ref
    return [request('delrule', nftRuleMessage, family, { table, chain, handle }, chain ?? table)]
  },

  addSet(spec: NftSetSpec, exclusive = false): Request[] {
    assertKnownKeys(
      spec,
      [
        'family',
        'table',
        'name',
        'type',
        'map',
        'interval',
        'timeout',
        'size',
        'constant',
        'dynamic',
        'elements',
      ],
      'spec',
    )
    const { family, table, name, elements = [] } = spec
    const id = ++transactionSets
    const value = { table, name, id, ...setValue(spec) }
    return [
      request('newset', nftSetMessage, family, value, name, creation(exclusive)),
      ...elementRequests('newsetelem', { ...spec, set: name, elements }, id),
    ]
  },

  deleteSet({ family, table, set }: NftTableRef & { readonly set: string }): Request[] {
    return [request('delset', nftSetMessage, family, { table, name: set }, set)]
  },

  addElements: (spec: NftElementsSpec) => elementRequests('newsetelem', spec),

  deleteElements: (spec: NftElementsSpec) => elementRequests('delsetelem', spec),

  /** All of a set. */
  flushSet({ family, table, set }: NftTableRef & { readonly set: string }): Request[] {
    return [request('delsetelem', nftSetElementsMessage, family, { table, set }, set)]
  },

  /** All tables, of one family or of all. */
  flushRuleset(family: NfFamily | 'unspec' = 'unspec'): Request[] {
    return [request('deltable', nftTableMessage, family, {}, 'ruleset')]
  },
} as const

/** What opens and closes a transaction. */
export function batchRequest(which: 'begin' | 'end', generation?: number): Request {
  return {
    type: nfnlBatch[which],
    name: `NFNL_MSG_BATCH_${which.toUpperCase()}`,
    codec: batchMessage,
    value: { family: 'unspec', resId: NFTABLES, genid: generation },
  }
}

function ruleRequests(spec: NftRuleSpec, flags: number, handle?: bigint): Request[] {
  assertKnownKeys(spec, ['family', 'table', 'chain', 'expressions', 'comment', 'position'], 'spec')
  const { family, table, chain, comment, position } = spec
  if (!Array.isArray(spec.expressions)) throw new ArgumentError('expressions', spec.expressions, 'an array')
  const sets: Request[] = []
  const context: NftRuleContext = {
    family,
    anonymousSet(type, values) {
      const id = ++transactionSets
      const name = '__set%d'
      const interval = values.some((value) => /[-/]/.test(String(value)) && type.names?.[value] === undefined)
      const keys = { type: type.name as NftKeyType, interval, elements: values }
      const set = setValue({ family, table, name, ...keys, constant: true, size: values.length })
      const own = { table, name, id, ...set, flags: ['anonymous', ...(set.flags ?? [])] }
      sets.push(
        request('newset', nftSetMessage, family, own, chain, CREATE),
        ...elementRequests('newsetelem', { family, table, set: name, ...keys }, id),
      )
      return { set: name, setId: id }
    },
  }
  const expressions = expressionsOf(spec.expressions, context)
  const value = { table, chain, handle, position, expressions, comment }
  const rule = request('newrule', nftRuleMessage, family, value, chain, flags | messageFlag.echo)
  return [...sets, { ...rule, echo: readHandle }]
}

/** The handle that the kernel has given a rule. */
const readHandle: Read<bigint | undefined> = (view, at, length) =>
  nftRuleMessage.decode(view, at, length, {}).handle

/** What nft(8) keeps of a set to read its keys: NFTNL_UDATA_SET_KEYBYTEORDER, 1 for the processor's, 2 for the network's. */
function keyOrder(type: Datatype): Uint8Array {
  const own = !type.big || type.name === 'ifname'
  return Uint8Array.of(0, 4, own ? 1 : 2, 0, 0, 0)
}

function setValue(spec: NftSetSpec): NftSetMessageInput {
  const { map, interval, timeout, size, constant, dynamic } = spec
  const keys = typesOf(spec.type, 'type')
  const key = typeNumbers(keys)
  const data = map === undefined || map === 'verdict' ? undefined : typeNumbers(typesOf(map, 'map'))
  const switches = {
    constant: constant === true,
    interval: interval === true,
    map: map !== undefined,
    timeout: timeout !== undefined,
    eval: dynamic === true,
    concat: keys.length > 1 && interval === true,
  }
  // Intervals of keys in parts are compared part by part.
  const parts = switches.concat ? { concat: keys.map(({ length }) => ({ len: length })) } : {}
  return {
    flags: (Object.keys(switches) as (keyof typeof switches)[]).filter((flag) => switches[flag]),
    keyType: key.number,
    keyLen: key.length,
    ...(map === 'verdict' ? { dataType: VERDICT_TYPE, dataLen: VERDICT_LENGTH } : {}),
    ...(data ? { dataType: data.number, dataLen: data.length } : {}),
    ...(timeout ? { timeout: BigInt(timeout) } : {}),
    ...(keys.length === 1 && keys[0] ? { userdata: keyOrder(keys[0]) } : {}),
    ...(size !== undefined || switches.concat ? { desc: { size, ...parts } } : {}),
  }
}

function elementRequests(
  name: 'newsetelem' | 'delsetelem',
  spec: NftElementsSpec,
  setId?: number,
): Request[] {
  const { family, table, set } = spec
  const elements = elementMessages(spec.elements, spec)
  const flags = name === 'newsetelem' ? CREATE : 0
  const requests: Request[] = []
  for (let at = 0; at < elements.length; at += ELEMENTS_A_MESSAGE) {
    const value = { table, set, setId, elements: elements.slice(at, at + ELEMENTS_A_MESSAGE) }
    requests.push(request(name, nftSetElementsMessage, family, value, set, flags))
  }
  return requests
}
