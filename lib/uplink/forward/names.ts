/** Words that nft(8) does not take as the name of a table or a chain: tokens of its scanner.l. */
const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'accept add ah all and arp bridge cgroup chain comment comp constant continue counter ' +
    'cpu create ct day dccp define delete describe device devices dnat drop dst dup ' +
    'dynamic ecn element elements eq esp ether exists export exthdr fib flags flow flowtable ' +
    'flush frag fwd ge goto gt hbh hook hour icmp icmpv6 igmp iif iifgroup ' +
    'iifname import include index inet insert interval ip ip6 ipsec jhash jump le limit ' +
    'list log lt map mark masquerade meta meter mh missing monitor ne netdev not ' +
    'notrack numgen oif oifgroup oifname or osf pkttype policy position priority queue quota random ' +
    'redefine redirect reject rename replace reset return rt rtclassid rule ruleset sctp secmark set ' +
    'size skgid skuid snat socket symhash synproxy table tcp timeout tproxy type typeof udp ' +
    'udplite undefine vlan vmap xor xt'
  ).split(' '),
)

/** Whether nft(8) reads a name in its language, which has no quotes for the names of tables and chains. */
export const isReadable = (name: string): boolean => /^[a-zA-Z_.][\w/\-.]*$/.test(name) && !KEYWORDS.has(name)
