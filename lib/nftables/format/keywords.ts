/** The words of nft(8) that it does not take as a name: found by trying all of its words as the name of a chain and a set. */
const words = `
  accept add ah all and arp auto-merge bridge cgroup chain comment comp constant continue counter cpu create ct
  day dccp define delete describe device devices dnat drop dst dup dynamic ecn element elements eq esp ether
  exists expires export exthdr fib flags flow flowtable flush frag fwd gc-interval ge get goto gt handle hbh hook
  hour ibriport ibrname icmp icmpv6 igmp iif iifgroup iifname iiftype import include index inet insert interval ip
  ip6 ipsec jhash jump le limit list ll log lshift lt map mark masquerade meta meter mh missing monitor ne netdev
  nftrace nh not notrack numgen obriport obrname offload oif oifgroup oifname oiftype or osf pkttype policy
  position priority queue quota random redefine redirect reject rename replace reset return rshift rt rt0 rt2
  rtclassid rule ruleset sctp secmark set size skgid skuid snat socket srh symhash synproxy table tcp th time
  timeout tproxy type typeof udp udplite undefine update vlan vmap xor xt
`

const keywords: ReadonlySet<string> = new Set(words.trim().split(/\s+/))

/** Whether nft(8) reads a name of a table, chain, set or object: its language has no quotes for these. */
export const isIdentifier = (name: string) => /^[a-zA-Z/_.][\w/.-]*$/.test(name) && !keywords.has(name)
