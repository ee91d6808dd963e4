/** Random commands of the stock `ip`, from small sets of names and numbers, so that they often meet. */
import fc from 'fast-check'

/** A namespace of the model, by its number, and the arguments of `ip` in it, or what is done with the namespace. */
export interface Command {
  readonly where: number
  readonly what: 'ip' | 'bridge' | 'sysctl' | 'create' | 'delete' | 'number'
  readonly words: string
}

const pick = (...words: readonly string[]) => fc.constantFrom(...words)

/** Fills the holes of a template. */
function line(texts: TemplateStringsArray, ...holes: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc.tuple(...holes).map((words) =>
    texts
      .map((text, i) => `${text}${words[i] ?? ''}`)
      .join('')
      .replace(/ +/g, ' ')
      .trim(),
  )
}

/** Words that are there or not. */
const maybe = (...words: readonly string[]) => pick('', '', ...words)

const link = pick('v0', 'v0', 'v0', 'v1', 'd0', 'd0', 'd1')
const newLink = pick('d0', 'd1', 'd2')
const kind = pick('ifb', 'bridge', 'dummy', 'bond', 'vrf table 50')
const addr4 = pick('10.0.0.1', '10.0.0.2', '10.0.1.1')
const prefix4 = pick('10.0.0.1/24', '10.0.0.2/24', '10.0.1.1/24', '10.0.0.1/32', '10.0.0.2/25', '127.0.0.9/8')
const addr6 = pick('fd00::1', 'fd00::2', 'fd00:1::1')
const prefix6 = pick('fd00::1/64', 'fd00::2/64', 'fd00:1::1/64', 'fd00::1/128')
const dst4 = pick('10.9.0.0/16', '10.9.0.0/16', 'default')
const dst6 = pick('fd09::/64', 'fd09::/64', 'default')
const gateway4 = pick('10.0.0.3', '10.0.0.4', '10.0.1.3')
const gateway6 = pick('fd00::3', 'fd00::4', 'fd00:1::3')
const metric = pick('', '', '', 'metric 10')
const table = pick('', '', '', 'table 100')
const verb = pick('add', 'add', 'append', 'append', 'prepend', 'replace', 'change')
const protocol = maybe('proto static', 'proto bird')
const mtu = maybe('mtu 1300', 'mtu 1200')
const reject = pick('unreachable', 'blackhole', 'prohibit', 'throw')
const nexthopId = pick('1', '2', '3')

const linkCommands = fc.oneof(
  line`link add ${newLink} type ${kind}`,
  line`link add ${pick('v0', 'd2')} type veth peer name ${pick('v1', 'd1')}`,
  line`link add ${newLink} link ${link} type ${pick('macvlan mode bridge', 'vlan id 5', 'ipvlan')}`,
  line`link add ${newLink} type vxlan id ${pick('5', '6')} dstport 4789 remote 10.0.0.9`,
  line`link del ${link}`,
  line`link set ${link} ${pick('up', 'up', 'up', 'down')}`,
  line`link set ${link} mtu ${pick('1280', '1400', '1500')}`,
  line`link set ${link} name ${pick('d0', 'd1', 'd2')}`,
  line`link set ${link} alias ${pick('x', 'y')}`,
  line`link set ${link} group ${pick('0', '5')}`,
  line`link set ${link} address 02:00:00:00:00:0${pick('1', '2')}`,
  line`link set ${link} master ${pick('d1', 'd2')}`,
  line`link set ${link} nomaster`,
  line`link set ${link} arp ${pick('on', 'off')}`,
  line`link set ${link} txqueuelen ${pick('500', '1000')}`,
  line`link set ${link} carrier ${pick('on', 'off')}`,
  line`link set ${link} addrgenmode ${pick('none', 'eui64')}`,
  line`link property add dev ${link} altname ${pick('long-name-of-a-link', 'another')}`,
  line`link set ${link} type bridge ageing_time ${pick('100', '200')}`,
)

const addressCommands = fc.oneof(
  line`addr ${pick('add', 'replace')} ${prefix4} dev ${link} ${maybe('metric 77', 'noprefixroute', 'valid_lft 1000 preferred_lft 500')}`,
  line`addr ${pick('add', 'replace')} ${addr4} peer ${pick('10.0.2.1/32', '10.0.2.2/32', '10.0.2.2/24')} dev ${link}`,
  line`addr ${pick('add', 'replace')} ${prefix6} dev ${link} ${maybe('nodad', 'metric 77', 'valid_lft 1000 preferred_lft 0')}`,
  line`addr ${pick('add', 'replace', 'change')} ${addr6} peer ${pick('fd00:2::1', 'fd00:2::2')}/128 dev ${link}`,
  line`addr del ${pick('10.0.0.1/24', '10.0.1.1/24')} dev ${pick('v0', 'd0')}`,
  line`addr del ${prefix4} dev ${link}`,
  line`addr del ${prefix6} dev ${link}`,
  line`addr flush dev ${link}`,
)

const hops4 = line`nexthop via ${gateway4} ${maybe('weight 2')} nexthop via ${gateway4} ${maybe('dev d0 onlink')}`
const hops6 = line`nexthop via ${gateway6} nexthop via ${gateway6} ${maybe('weight 2')}`

const routeCommands = fc.oneof(
  line`route ${verb} ${dst4} via ${gateway4} ${metric} ${table} ${protocol} ${mtu} ${maybe('src 10.0.0.1', 'src 10.0.0.2')}`,
  line`route ${verb} ${dst4} dev ${link} ${metric} ${table} ${protocol} ${maybe('scope host', 'scope global', 'tos 4')} ${maybe('realm 5')}`,
  line`route ${verb} ${dst4} ${metric} ${hops4}`,
  line`route ${verb} ${dst4} nhid ${nexthopId} ${metric}`,
  line`route ${verb} ${dst4} via ${gateway4} dev ${link} onlink ${metric}`,
  line`route ${verb} ${dst4} via inet6 ${gateway6} dev ${link} ${metric}`,
  line`route ${verb} ${reject} ${dst4} ${metric} ${table}`,
  line`route del ${dst4} ${metric}`,
  line`route del ${dst4} ${table}`,
  line`route del ${dst4} via ${gateway4}`,
  line`-6 route ${verb} ${dst6} via ${gateway6} ${metric} ${table} ${protocol} ${mtu} ${maybe('src fd00::1', 'expires 600')}`,
  line`-6 route ${verb} ${dst6} via ${gateway6} dev ${link} ${metric} ${maybe('onlink')}`,
  line`-6 route ${verb} ${dst6} dev ${link} ${metric} ${table} ${protocol}`,
  line`-6 route ${verb} ${dst6} ${metric} ${hops6}`,
  line`-6 route ${verb} ${dst6} nhid ${nexthopId} ${metric}`,
  line`-6 route ${verb} ${reject} ${dst6} ${metric} ${table}`,
  line`-6 route del ${dst6} ${metric}`,
  line`-6 route del ${dst6} ${table}`,
  line`-6 route del ${dst6} via ${gateway6} ${metric}`,
  line`${pick('-4', '-6')} route flush table 100`,
  line`${pick('-4', '-6')} route flush ${pick('proto static', 'proto bird')}`,
)

const nexthopCommands = fc.oneof(
  line`nexthop ${pick('add', 'replace')} id ${nexthopId} via ${fc.oneof(gateway4, gateway6)} dev ${pick('v0', 'd0')}`,
  line`nexthop replace id ${pick('1', '2')} via ${pick('10.0.0.3', '10.0.0.4')} dev v0`,
  line`nexthop ${pick('add', 'replace')} id ${nexthopId} ${pick('blackhole', 'group 1/2', 'group 1', 'group 2,3')}`,
  line`nexthop del id ${nexthopId}`,
  line`nexthop flush`,
)

const selector = pick(
  'from 10.0.0.0/8',
  'iif d0',
  'iif d1',
  'oif d0',
  'iif nosuch',
  'fwmark 5',
  'not from 10.0.0.0/8',
)
const selector6 = pick('from fd00::/16', 'iif d0', 'oif d1', 'fwmark 5')
const action = pick(
  'table 100',
  'table 300',
  'goto 200',
  'goto 300',
  'blackhole',
  'table main suppress_prefixlength 0',
)
const ruleCommands = fc.oneof(
  line`rule ${pick('add', 'add', 'del')} ${selector} priority ${pick('100', '200', '300')} ${action} ${protocol}`,
  line`-6 rule ${pick('add', 'add', 'del')} ${selector6} priority ${pick('100', '200', '300')} ${action}`,
  line`${pick('-4', '-6')} rule del priority ${pick('100', '200', '300')}`,
)

const state = pick('permanent', 'noarp', 'stale', 'reachable')
const neighbourCommands = fc.oneof(
  line`neigh ${pick('add', 'replace', 'change')} ${gateway4} lladdr 02:00:00:00:00:0${pick('3', '4')} dev ${link} nud ${state} ${maybe('proto static')}`,
  line`neigh ${pick('add', 'replace')} ${gateway6} lladdr 02:00:00:00:00:03 dev ${link} nud ${state}`,
  line`neigh ${pick('add', 'del')} proxy ${gateway4} dev ${link}`,
  line`neigh del ${fc.oneof(gateway4, gateway6)} dev ${link}`,
  line`neigh flush ${maybe('nud permanent')} dev ${link}`,
)

// Without net.ipv6.conf.all.disable_ipv6: with skip_notify_on_dev_down, routes of a link without an address then go
// without any message.
const sysctls = line`${pick(
  'net.ipv6.route.skip_notify_on_dev_down',
  'net.ipv4.conf.all.ignore_routes_with_linkdown',
  'net.ipv4.ip_forward',
  'net.ipv6.conf.all.forwarding',
  'net.ipv4.nexthop_compat_mode',
  'net.ipv4.conf.all.promote_secondaries',
)} ${pick('0', '1')}`

const in_ = (weights: readonly (readonly [number, number])[]) =>
  fc.oneof(...weights.map(([number, weight]) => ({ arbitrary: fc.constant(number), weight })))
const where = in_([
  [0, 8],
  [1, 3],
  [2, 1],
])
const elsewhere = fc.constantFrom(1, 2)

const ip = (words: fc.Arbitrary<string>) => fc.record({ where, what: fc.constant('ip' as const), words })

export const command: fc.Arbitrary<Command> = fc.oneof(
  { arbitrary: ip(linkCommands), weight: 8 },
  { arbitrary: ip(addressCommands), weight: 6 },
  { arbitrary: ip(routeCommands), weight: 12 },
  { arbitrary: ip(nexthopCommands), weight: 4 },
  { arbitrary: ip(ruleCommands), weight: 4 },
  { arbitrary: ip(neighbourCommands), weight: 3 },
  { arbitrary: ip(line`link set ${link} netns ${pick('@0', '@1', '@2')}`), weight: 1 },
  {
    arbitrary: fc.record({
      where,
      what: fc.constant('bridge' as const),
      words: line`link set dev ${link} ${pick('learning', 'flood', 'guard')} ${pick('on', 'off')}`,
    }),
    weight: 1,
  },
  { arbitrary: fc.record({ where, what: fc.constant('sysctl' as const), words: sysctls }), weight: 2 },
  {
    arbitrary: fc.record({
      where: elsewhere,
      what: pick('create', 'delete', 'number') as fc.Arbitrary<'create' | 'delete' | 'number'>,
      words: pick('auto', '7', '8'),
    }),
    weight: 4,
  },
)

/** Sequences that begin with what most commands need. */
const BEGINNING: readonly Command[] = [
  'link add v0 type veth peer name v1',
  'link set v0 up',
  'link set v1 up',
  'link add d0 type ifb',
  'link set d0 up',
  'addr add 10.0.0.1/24 dev v0',
  'addr add 10.0.1.1/24 dev d0',
  'addr add fd00::1/64 dev v0 nodad',
  'addr add fd00:1::1/64 dev d0 nodad',
  'nexthop add id 1 via 10.0.0.3 dev v0',
  'nexthop add id 2 via fd00::3 dev v0',
  'nexthop add id 3 group 1',
].flatMap((words): Command[] => [
  { where: 0, what: 'ip', words },
  { where: 1, what: 'ip', words },
])

export const commands: fc.Arbitrary<readonly Command[]> = fc
  .array(command, { minLength: 10, maxLength: 60, size: 'max' })
  .chain((all) =>
    fc.constantFrom([...BEGINNING, ...all], [...BEGINNING, ...all], [...BEGINNING, ...all], all),
  )
