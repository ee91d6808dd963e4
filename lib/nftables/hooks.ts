import type { NfFamily } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'
import { unknownName } from './unknown-name.js'

const INET = { prerouting: 0, input: 1, forward: 2, output: 3, postrouting: 4 } as const

/** The hooks of each family. include/uapi/linux/netfilter.h, netfilter_arp.h; include/linux/netfilter_bridge.h */
const HOOKS: Readonly<Record<NfFamily, Readonly<Record<string, number>>>> = {
  inet: { ...INET, ingress: 5 },
  ip: INET,
  ip6: INET,
  bridge: INET,
  arp: { input: 0, output: 1 },
  netdev: { ingress: 0, egress: 1 },
}

/** Where packets reach a base chain. nft(8), ADDRESS FAMILIES */
export type NftHook = keyof typeof INET | 'ingress' | 'egress'

/** @throws {@link ArgumentError} when the family has no such hook */
export function hookNumber(family: NfFamily, hook: NftHook): number {
  const number = HOOKS[family][hook]
  if (number === undefined) {
    throw unknownName('hook', hook, Object.keys(HOOKS[family]), { where: `in a table of family ${family}` })
  }
  return number
}

/** The hook's name; its number in hexadecimal if it has none. */
export function hookName(family: NfFamily, number: number): string {
  return Object.entries(HOOKS[family]).find(([, one]) => one === number)?.[0] ?? `0x${number.toString(16)}`
}

interface Priority {
  readonly value: number
  /** The only hook for which the name is valid. */
  readonly hook?: NftHook
}

/** nft(8), CHAINS; include/uapi/linux/netfilter_ipv4.h: enum nf_ip_hook_priorities */
const INET_PRIORITIES: Readonly<Record<string, Priority>> = {
  raw: { value: -300 },
  mangle: { value: -150 },
  dstnat: { value: -100, hook: 'prerouting' },
  filter: { value: 0 },
  security: { value: 50 },
  srcnat: { value: 100, hook: 'postrouting' },
}
/** include/uapi/linux/netfilter_bridge.h: enum nf_br_hook_priorities */
const BRIDGE_PRIORITIES: Readonly<Record<string, Priority>> = {
  dstnat: { value: -300, hook: 'prerouting' },
  filter: { value: -200 },
  out: { value: 100, hook: 'output' },
  srcnat: { value: 300, hook: 'postrouting' },
}
const OTHER_PRIORITIES: Readonly<Record<string, Priority>> = { filter: { value: 0 } }

function prioritiesOf(family: NfFamily): Readonly<Record<string, Priority>> {
  if (family === 'bridge') return BRIDGE_PRIORITIES
  return family === 'arp' || family === 'netdev' ? OTHER_PRIORITIES : INET_PRIORITIES
}

/**
 * The order of the chains of a hook, ascending: a 32-bit number, or nft(8)'s name for one (`raw` is -300). nft(8),
 * CHAINS
 */
export type NftPriority = number | 'raw' | 'mangle' | 'dstnat' | 'filter' | 'security' | 'srcnat' | 'out'

/** @throws {@link ArgumentError} when the name is not one for this family and hook */
export function priorityNumber(family: NfFamily, hook: NftHook, priority: NftPriority): number {
  if (typeof priority === 'number' && Number.isInteger(priority)) return priority
  const known = prioritiesOf(family)
  const found = Object.hasOwn(known, priority) ? known[priority] : undefined
  if (found === undefined) {
    throw unknownName('priority', priority, Object.keys(known), { otherwise: 'a whole number' })
  }
  if (found.hook !== undefined && found.hook !== hook) {
    const message = `priority "${priority}" is for chains of hook ${found.hook}, but the chain's hook is ${hook}`
    throw new ArgumentError('priority', priority, `one for hook ${hook}`, message)
  }
  return found.value
}

/** nft(8) writes priorities up to this distance from a named one relative to it. */
const RELATIVE_MAX = 10

/** A priority as nft(8) writes it: `srcnat`, `filter + 10`, `42`. */
export function priorityName(family: NfFamily, hook: string, value: number): string {
  for (const [name, priority] of Object.entries(prioritiesOf(family))) {
    if (priority.hook !== undefined && priority.hook !== hook) continue
    const offset = value - priority.value
    if (offset === 0) return name
    if (Math.abs(offset) <= RELATIVE_MAX) return `${name} ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}`
  }
  return String(value)
}
