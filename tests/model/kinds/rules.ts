import fc from 'fast-check'
import type { Rule, RuleSpec } from '../../../lib/index.js'
import { type Kind, partly, same, word, words } from './kind.js'

function ruleCommand(rule: RuleSpec): string {
  const { family, src, dst, priority, table, action, iifname, oifname, fwmark, fwmask, ipProto, tos, flags } =
    rule
  return words(
    `${family === 'inet6' ? '-6' : '-4'} rule add`,
    flags?.includes('invert') && 'not',
    word('from', src),
    word('to', dst),
    word('tos', tos),
    fwmark !== undefined && `fwmark ${fwmark}${fwmask === undefined ? '' : `/${fwmask}`}`,
    word('iif', iifname),
    word('oif', oifname),
    word('priority', priority),
    word('ipproto', ipProto),
    rule.sportRange && `sport ${rule.sportRange.start}-${rule.sportRange.end}`,
    rule.dportRange && `dport ${rule.dportRange.start}-${rule.dportRange.end}`,
    rule.uidRange && `uidrange ${rule.uidRange.start}-${rule.uidRange.end}`,
    word('protocol', rule.protocol),
    rule.l3mdev ? 'l3mdev' : word('lookup', table),
    word('suppress_prefixlength', rule.suppressPrefixlen),
    rule.goto === undefined
      ? action !== undefined && action !== 'toTbl' && String(action)
      : `goto ${rule.goto}`,
  )
}

function ruleSpec(family: 'inet' | 'inet6', prefixes: readonly string[]): fc.Arbitrary<RuleSpec> {
  const range = fc.constantFrom({ start: 5, end: 9 }, { start: 80, end: 80 })
  return fc
    .tuple(
      partly<RuleSpec>({
        src: fc.constantFrom(...prefixes),
        dst: fc.constantFrom(...prefixes),
        priority: fc.constantFrom(0, 5, 100, 101),
        iifname: fc.constantFrom('v0', 'lo', 'missing'),
        oifname: fc.constantFrom('v1', 'missing'),
        fwmark: fc.constantFrom(1, 7),
        tos: fc.constantFrom(0, 8),
        ipProto: fc.constantFrom(6, 17),
        sportRange: range,
        dportRange: range,
        uidRange: range,
        protocol: fc.constantFrom('static', 'bgp'),
        flags: fc.constant(['invert']),
        suppressPrefixlen: fc.constantFrom(0, 8),
      } as never),
      fc.oneof(
        fc.record({ table: fc.constantFrom('main', 100, 1000) }),
        fc.record({ action: fc.constantFrom('blackhole', 'unreachable', 'prohibit', 'nop') }),
        fc.record({ goto: fc.constantFrom(32766, 20000) }),
        fc.record({ l3mdev: fc.constant(1) }),
      ),
      fc.constantFrom({}, { fwmask: 255 }),
    )
    .map(([own, what, mask]): RuleSpec => {
      const { suppressPrefixlen, fwmark, ...rest } = own
      return {
        ...rest,
        family,
        ...(fwmark === undefined ? {} : { fwmark, ...mask }),
        ...(suppressPrefixlen === undefined || !('table' in what) ? {} : { suppressPrefixlen }),
        ...what,
      } as RuleSpec
    })
}

/** Members that the kernel compares only where a reference has them. */
const OPTIONAL = [
  'src',
  'dst',
  'iifname',
  'oifname',
  'fwmark',
  'fwmask',
  'tos',
  'ipProto',
  'sportRange',
  'dportRange',
  'uidRange',
  'l3mdev',
] as const

function ruleKind(family: 'inet' | 'inet6', prefixes: readonly string[]): Kind<RuleSpec, Rule> {
  return {
    spec: ruleSpec(family, prefixes),
    command: ruleCommand,
    list: (net) => net.rules.list({ family }),
    add: (net, spec) => net.rules.add(spec),
    remove: (net, rule) => net.rules.delete(rule),
    shown: [`-${family === 'inet' ? 4 : 6} rule show`],
    ambiguous: (rule, other) =>
      same(rule, other, 'priority', 'action', 'table', 'protocol') &&
      OPTIONAL.every((name) => !rule[name] || same(rule, other, name)) &&
      (rule.suppressPrefixlen === -1 || same(rule, other, 'suppressPrefixlen')),
    clear: async ({ net }, rules) => {
      // Each deletion takes one of them, whichever comes first.
      await net.rules.deleteAll(rules, { onFailure() {} })
    },
  }
}

export const ipv4Rules = ruleKind('inet', ['10.0.0.0/8', '10.1.0.0/16', '10.1.1.1/32'])
export const ipv6Rules = ruleKind('inet6', ['2001:db8::/32', '2001:db8::1/128'])
