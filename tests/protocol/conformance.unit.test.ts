import { readFileSync } from 'node:fs'
import test from 'ava'
import { parse } from 'yaml'
import type { AttributeTable } from '../../protocol/index.js'
import {
  type AnyCodec,
  addressMessage,
  batchMessage,
  generationMessage,
  linkInfo,
  linkKinds,
  linkMessage,
  neighbourMessage,
  nftChainMessage,
  nftData,
  nftExpressions,
  nftFlowtableMessage,
  nftObjectMessage,
  nftRuleMessage,
  nftSetElement,
  nftSetElementsMessage,
  nftSetMessage,
  nftTableMessage,
  routeMessage,
  routeMetrics,
  ruleAction,
  ruleMessage,
  Writer,
} from '../../protocol/index.js'
import { inet6Link, inetLink } from '../../protocol/rtnetlink/link/af-spec.js'
import { vfInfo } from '../../protocol/rtnetlink/link/vf.js'

/* The kernel's machine-readable specifications: Documentation/netlink/specs/, as data in tests/data/specs. */

interface SpecAttribute {
  name: string
  type?: string
  value?: number
  'byte-order'?: string
  enum?: string
  'enum-as-flags'?: boolean
}
interface Spec {
  definitions: {
    name: string
    type: string
    'value-start'?: number
    entries?: (string | { name: string; value?: number })[]
  }[]
  'attribute-sets': { name: string; attributes: SpecAttribute[] }[]
  'sub-messages'?: { name: string; formats: { value: string; 'attribute-set'?: string }[] }[]
}

const read = (name: string) => parse(readFileSync(`tests/data/specs/${name}.yaml`, 'utf8')) as Spec
const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())

/** The table of each attribute set of the specifications. Those of link kinds are found by the kind's name. */
const SETS: Record<string, Record<string, AttributeTable>> = {
  'rt-link': {
    'link-attrs': linkMessage.attributes.table,
    'linkinfo-attrs': linkInfo.table,
    'ifla-attrs': inetLink.table,
    'ifla6-attrs': inet6Link.table,
    'vfinfo-attrs': vfInfo.table,
  },
  'rt-addr': { 'addr-attrs': addressMessage.attributes.table },
  'rt-route': { 'route-attrs': routeMessage.attributes.table, metrics: routeMetrics.table },
  'rt-neigh': { 'neighbour-attrs': neighbourMessage.attributes.table },
  'rt-rule': { 'fib-rule-attrs': ruleMessage.attributes.table },
  nftables: {
    'table-attrs': nftTableMessage.attributes.table,
    'chain-attrs': nftChainMessage.attributes.table,
    'rule-attrs': nftRuleMessage.attributes.table,
    'set-attrs': nftSetMessage.attributes.table,
    'setelem-attrs': nftSetElement.table,
    'setelem-list-attrs': nftSetElementsMessage.attributes.table,
    'data-attrs': nftData.table,
    'obj-attrs': nftObjectMessage.attributes.table,
    'flowtable-attrs': nftFlowtableMessage.attributes.table,
    'flowtable-hook-attrs': nftFlowtableMessage.attributes.table.hook[1].table,
    'gen-attrs': generationMessage.attributes.table,
    'batch-attrs': batchMessage.attributes.table,
    'log-attrs': expression('log'),
    'range-attrs': expression('range'),
    'quota-attrs': expression('quota'),
    'expr-bitwise-attrs': expression('bitwise'),
    'expr-cmp-attrs': expression('cmp'),
    'expr-counter-attrs': expression('counter'),
    'expr-ct-attrs': expression('ct'),
    'expr-fib-attrs': expression('fib'),
    'expr-immediate-attrs': expression('immediate'),
    'expr-masq-attrs': expression('masq'),
    'expr-meta-attrs': expression('meta'),
    'expr-nat-attrs': expression('nat'),
    'expr-objref-attrs': expression('objref'),
    'expr-payload-attrs': expression('payload'),
    'expr-reject-attrs': expression('reject'),
    'compat-match-attrs': expression('match'),
    'compat-target-attrs': expression('target'),
  },
}

function expression(name: string): AttributeTable {
  return (nftExpressions.find((one) => one.name === name) as { data: { table: AttributeTable } }).data.table
}

/** Attributes that are not declared, by set. The lists may only become shorter. */
const LACKING: Record<string, readonly string[]> = {
  'link-attrs': ['cost', 'priority', 'wireless', 'vfPorts', 'portSelf'],
  'ifla6-attrs': ['mcast'],
  'route-attrs': ['protoinfo', 'session', 'mpAlgo', 'mfcStats'],
  metrics: ['unspec'],
  'neighbour-attrs': ['unspec'],
  'fib-rule-attrs': ['unused2', 'unused3', 'unused4', 'unused5'],
}

/** Padding attributes of the uapi's enums that the specification omits (nf_tables.h: NFTA_CHAIN_PAD and the like). */
const OMITTED_PAD: Record<string, number> = { 'chain-attrs': 9, 'rule-attrs': 8, 'setelem-attrs': 8 }

/** Differences between the kernel's code and its specification, where we follow the code. */
const FOLLOWS_CODE: Record<string, string> = {
  'linkinfo-bridge-attrs.vlanProtocol': 'big-endian: br_netlink.c, nla_put_be16',
  'route-attrs.sport': 'big-endian: rtm_ipv4_policy is in network order, fib_frontend.c',
  'route-attrs.dport': 'big-endian: as sport',
  'fib-rule-attrs.dst': 'an address of either family: fib4_rules.c, fib6_rules.c',
  'fib-rule-attrs.src': 'as dst',
  'fib-rule-attrs.tunId': 'big-endian: fib_rules.c, nla_get_be64',
  'neighbour-attrs.port': 'big-endian: vxlan_core.c, nla_get_be16',
  'rule-attrs.id': 'big-endian: nf_tables_api.c, nla_get_be32',
  'rule-attrs.positionId': 'big-endian: as id',
  'rule-attrs.chainId': 'big-endian: as id',
  'set-attrs.id': 'big-endian: as id',
  'set-attrs.timeout': 'big-endian: nf_tables_api.c, nf_msecs_to_jiffies64',
  'set-attrs.gcInterval': 'big-endian: nf_tables_api.c, nla_get_be32',
  'setelem-list-attrs.setId': 'big-endian: as id',
  'setelem-attrs.timeout': 'big-endian: as of a set',
  'setelem-attrs.expiration': 'big-endian: as of a set',
}

const SIZES: Record<string, number> = { u8: 1, u16: 2, u32: 4, s32: 4, u64: 8 }

/** The bytes of the number one, of true, or of the first flag. */
function one(codec: AnyCodec): string | undefined {
  for (const value of [1, 1n, true, [1]]) {
    const out = new Writer()
    try {
      codec.encode(out, value as never, {})
      return Buffer.from(out.written()).toString('hex')
    } catch {
      // The codec takes another type.
    }
  }
  return undefined
}

/** The tables of our link kinds, each with the set that the specification has for data or slave data of that kind. */
function kindSets(spec: Spec): (readonly [string, AttributeTable, string])[] {
  const kinds = linkKinds as readonly object[] as readonly Readonly<Record<string, unknown>>[]
  return Object.entries({ data: 'linkinfo-data-msg', slave: 'linkinfo-member-data-msg' }).flatMap(
    ([part, subMessage]) =>
      (spec['sub-messages']?.find(({ name }) => name === subMessage)?.formats ?? []).flatMap((format) => {
        const codec = kinds.find(({ kind }) => kind === format.value)?.[part] as
          | { readonly table: AttributeTable }
          | undefined
        const set = format['attribute-set']
        return codec === undefined || set === undefined
          ? []
          : [[set, codec.table, ` of ${format.value}`] as const]
      }),
  )
}

test('the kinds that the specification has are compared with it', (t) => {
  const compared = kindSets(read('rt-link')).map(([set, , of]) => set + of)
  for (const one of [
    'linkinfo-bridge-attrs of bridge',
    'linkinfo-brport-attrs of bridge',
    'linkinfo-vlan-attrs of vlan',
  ]) {
    t.true(compared.includes(one), one)
  }
})

for (const [file, sets] of Object.entries(SETS)) {
  const spec = read(file)
  const ofKinds = file === 'rt-link' ? kindSets(spec) : []
  for (const [setName, table, of] of [
    ...Object.entries(sets).map(([set, codecs]) => [set, codecs, ''] as const),
    ...ofKinds,
  ]) {
    const attributes = spec['attribute-sets'].find(({ name }) => name === setName)?.attributes ?? []
    let next = 1
    const numbered = attributes.map((attribute) => {
      if (next === OMITTED_PAD[setName]) next++
      const value = attribute.value ?? next
      next = value + 1
      return { ...attribute, name: camel(attribute.name), value }
    })

    test(`${file}, ${setName}${of}: attributes have the specification’s names and numbers`, (t) => {
      t.true(numbered.length > 0)
      const names = new Map(Object.entries(table).map(([name, [number]]) => [number, name]))
      const lacking = numbered.filter(({ value, name }) => names.get(value) === undefined && name)
      for (const { name, value } of numbered) {
        const ours = names.get(value)
        if (ours !== undefined) t.is(ours, name)
      }
      t.deepEqual(
        lacking.map(({ name }) => name),
        [...(LACKING[setName] ?? [])],
      )
      t.log(`${numbered.length - lacking.length} of ${numbered.length} declared`)
    })

    test(`${file}, ${setName}${of}: integers have the specification’s widths and byte orders`, (t) => {
      for (const { name, type = '', 'byte-order': order } of numbered) {
        const size = SIZES[type]
        const codec = table[name]?.[1]
        if (size === undefined || codec === undefined || FOLLOWS_CODE[`${setName}.${name}`]) continue
        const bytes = order === 'big-endian' ? '01'.padStart(size * 2, '0') : '01'.padEnd(size * 2, '0')
        t.is(one(codec), bytes, name)
      }
      t.pass()
    })
  }
}

/** Definition → the codec that has its names. */
const NAMES: Record<string, Record<string, { names: Readonly<Record<string, number>> }>> = {
  'rt-link': {
    'ifinfo-flags': linkMessage.header.fields.flags,
    'rtext-filter': linkMessage.attributes.table.extMask[1],
  },
  'rt-addr': { 'ifa-flags': addressMessage.attributes.table.flags[1] },
  'rt-route': { 'rtm-type': routeMessage.header.fields.type },
  'rt-neigh': {
    'nud-state': neighbourMessage.header.fields.state,
    'ntf-flags': neighbourMessage.header.fields.flags,
    'ntf-ext-flags': neighbourMessage.attributes.table.flagsExt[1],
  },
  'rt-rule': { 'fr-act': ruleAction },
}

for (const [file, definitions] of Object.entries(NAMES)) {
  const spec = read(file)
  for (const [definition, { names }] of Object.entries(definitions)) {
    test(`${file}, ${definition}: every value has a name`, (t) => {
      const found = spec.definitions.find(({ name }) => name === definition)
      let next = found?.['value-start'] ?? 0
      const values = (found?.entries ?? []).map((entry) => {
        const value = typeof entry === 'string' ? next : (entry.value ?? next)
        next = value + 1
        return found?.type === 'flags' ? 2 ** value : value
      })
      t.true(values.length > 0)
      t.deepEqual(
        values.filter((value) => !Object.values(names).includes(value)),
        [],
      )
    })
  }
}
