import type { NfFamily } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'

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

/** Where a base chain hears of packets. */
export type NftHook = keyof typeof INET | 'ingress' | 'egress'

/** @throws ArgumentError */
export function hookNumber(family: NfFamily, hook: NftHook): number {
  const number = HOOKS[family]?.[hook]
  if (number === undefined)
    throw new ArgumentError(
      'hook',
      hook,
      `one of ${Object.keys(HOOKS[family]).join(', ')} (family ${family})`,
    )
  return number
}

export function hookName(family: NfFamily, number: number): string {
  return Object.entries(HOOKS[family]).find(([, one]) => one === number)?.[0] ?? `0x${number.toString(16)}`
}

interface Priority {
  readonly value: number
  /** The only hook where it has this name. */
  readonly hook?: NftHook
}

/** include/uapi/linux/netfilter_ipv4.h, netfilter_bridge.h, by nft(8)'s names */
const INET_PRIORITIES: Readonly<Record<string, Priority>> = {
  raw: { value: -300 },
  mangle: { value: -150 },
  dstnat: { value: -100, hook: 'prerouting' },
  filter: { value: 0 },
  security: { value: 50 },
  srcnat: { value: 100, hook: 'postrouting' },
}
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

/** A chain's place among those of its hook: a number, the lowest first, or nft(8)'s name for one. */
export type NftPriority = number | 'raw' | 'mangle' | 'dstnat' | 'filter' | 'security' | 'srcnat' | 'out'

/** @throws ArgumentError */
export function priorityNumber(family: NfFamily, hook: NftHook, priority: NftPriority): number {
  if (typeof priority === 'number' && Number.isInteger(priority)) return priority
  const known = prioritiesOf(family)
  const found = known[priority]
  if (found === undefined)
    throw new ArgumentError(
      'priority',
      priority,
      `a whole number, or one of ${Object.keys(known).join(', ')}`,
    )
  if (found.hook !== undefined && found.hook !== hook)
    throw new ArgumentError('priority', priority, `of hook ${hook}: it is one of hook ${found.hook}`)
  return found.value
}

/** How far from a name nft(8) still counts from it. */
const NEAR = 10

/** As nft(8) writes it: `srcnat`, `filter + 10`, `42`. */
export function priorityName(family: NfFamily, hook: string, value: number): string {
  for (const [name, priority] of Object.entries(prioritiesOf(family))) {
    if (priority.hook !== undefined && priority.hook !== hook) continue
    const offset = value - priority.value
    if (offset === 0) return name
    if (Math.abs(offset) <= NEAR) return `${name} ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}`
  }
  return String(value)
}
