import type { Buildable, Connection, Request } from '../../lib/connection/index.js'
import { RtNetlink } from '../../lib/index.js'

/** The message that ip(8) sends for one of the pairs, as recorded in tests/data. */
export interface Golden {
  readonly ip: string
  readonly type: number
  readonly flags: number
  /** Hexadecimal. */
  readonly payload: string
}

/** An RtNetlink that sends nothing and keeps the requests that it would have sent. */
export interface Recording {
  readonly net: RtNetlink
  readonly requests: Request[]
}

export function recording(): Recording {
  const requests: Request[] = []
  const keep = (what: Buildable<Request, unknown>, argument: unknown) => {
    requests.push(typeof what === 'function' ? what(argument) : what)
    return new Promise(() => {})
  }
  const connection = {
    request: (what: Buildable<Request, unknown>, _options: unknown, argument: unknown) =>
      keep(what, argument),
    query: (what: Buildable<Request, unknown>, _read: unknown, _options: unknown, argument: unknown) =>
      keep(what, argument),
  } as unknown as Connection
  return { net: new RtNetlink({ connection, close() {} }), requests }
}

/**
 * The links of the stage that the requests below are made on: indexes are given, so that the bytes are the same
 * anywhere.
 */
export const STAGE = [
  'link add v0 index 10 type veth peer name v1 index 11',
  'link set v0 up',
  'link set v1 up',
  'link set lo up',
  'addr add 10.1.1.1/24 dev v0',
  '-6 addr add 2001:db8::1/64 dev v0 nodad',
  'link add br0 index 12 type bridge',
] as const

/** The same request as a command line of ip(8), and as a call. */
export interface Pair {
  readonly ip: string
  readonly ours: (net: RtNetlink) => Promise<unknown>
  /**
   * A member that ip(8) sends otherwise, and that the kernel ignores: a destination of no bits, the state of a
   * deletion.
   */
  readonly except?: string
}

export const PAIRS: readonly Pair[] = [
  {
    ip: 'link add w0 type veth peer name w1',
    ours: ({ links }) => links.add({ kind: 'veth', name: 'w0', peer: { name: 'w1' } }),
  },
  {
    ip: 'link add w2 mtu 1400 address 02:00:00:00:00:01 txqueuelen 500 type veth peer name w3 mtu 1300',
    ours: ({ links }) =>
      links.add({
        kind: 'veth',
        name: 'w2',
        mtu: 1400,
        address: '02:00:00:00:00:01',
        txqlen: 500,
        peer: { name: 'w3', mtu: 1300 },
      }),
  },
  {
    ip: 'link add br1 type bridge ageing_time 1000 stp_state 1 priority 4096',
    ours: ({ links }) =>
      links.add({ kind: 'bridge', name: 'br1', data: { ageingTime: 1000, stpState: 1, priority: 4096 } }),
  },
  {
    ip: 'link add vx0 type vxlan id 42 dstport 4789 remote 192.0.2.1 local 10.1.1.1 ttl 7 nolearning',
    ours: ({ links }) =>
      links.add({
        kind: 'vxlan',
        name: 'vx0',
        data: { id: 42, port: 4789, group: '192.0.2.1', local: '10.1.1.1', ttl: 7, learning: false },
      }),
  },
  {
    ip: 'link add mv0 link v0 type macvlan mode bridge',
    ours: ({ links }) => links.add({ kind: 'macvlan', name: 'mv0', link: 10, data: { mode: 'bridge' } }),
  },
  {
    ip: 'link add vx1 type vxlan id 43 group 239.1.1.1 dev v0 dstport 4790 ttl auto',
    ours: ({ links }) =>
      links.add({
        kind: 'vxlan',
        name: 'vx1',
        link: 10,
        data: { id: 43, group: '239.1.1.1', port: 4790, ttl: 0, learning: true },
      }),
  },
  {
    ip: 'link add vx2 type vxlan id 44 remote 2001:db8::2 dstport 4791 ttl inherit noudpcsum l2miss gbp',
    ours: ({ links }) =>
      links.add({
        kind: 'vxlan',
        name: 'vx2',
        data: {
          id: 44,
          group6: '2001:db8::2',
          port: 4791,
          ttlInherit: true,
          udpCsum: false,
          l2miss: true,
          learning: true,
          gbp: true,
        },
      }),
  },
  { ip: 'link add ifb9 type ifb', ours: ({ links }) => links.add({ kind: 'ifb', name: 'ifb9' }) },
  { ip: 'link set v0 mtu 1450', ours: ({ links }) => links.set(10, { mtu: 1450 }) },
  { ip: 'link set v0 down', ours: ({ links }) => links.set(10, { up: false }) },
  { ip: 'link set v0 up', ours: ({ links }) => links.set(10, { up: true }) },
  {
    ip: 'link set v0 promisc on arp off multicast off allmulticast on',
    ours: ({ links }) => links.set(10, { promisc: true, arp: false, multicast: false, allmulticast: true }),
  },
  { ip: 'link set v1 master br0', ours: ({ links }) => links.set(11, { master: 12 }) },
  { ip: 'link set v1 nomaster', ours: ({ links }) => links.set(11, { master: null }) },
  { ip: 'link set v0 alias uplink', ours: ({ links }) => links.set(10, { ifalias: 'uplink' }) },
  { ip: 'link set v1 name v9', ours: ({ links }) => links.set(11, { name: 'v9' }) },
  { ip: 'link del br0', ours: ({ links }) => links.delete(12) },
  {
    ip: 'addr add 10.2.2.2/24 dev v0',
    ours: ({ addresses }) => addresses.add({ link: 10, address: '10.2.2.2/24' }),
  },
  {
    ip: 'addr add 10.2.3.2/24 brd + label v0:x dev v0 noprefixroute',
    ours: ({ addresses }) =>
      addresses.add({
        link: 10,
        address: '10.2.3.2/24',
        broadcast: '+',
        label: 'v0:x',
        flags: ['noprefixroute'],
      }),
  },
  {
    ip: 'addr add 10.2.4.1 peer 10.2.4.2/31 dev v0 metric 77',
    ours: ({ addresses }) =>
      addresses.add({ link: 10, address: '10.2.4.1', peer: '10.2.4.2/31', rtPriority: 77 }),
  },
  {
    ip: 'addr add 10.2.5.1 peer 10.2.6.2/24 brd + dev v0',
    ours: ({ addresses }) =>
      addresses.add({ link: 10, address: '10.2.5.1', peer: '10.2.6.2/24', broadcast: '+' }),
  },
  {
    ip: 'addr add 10.2.7.130/25 brd - dev v0',
    ours: ({ addresses }) => addresses.add({ link: 10, address: '10.2.7.130/25', broadcast: '-' }),
  },
  {
    ip: 'addr add 127.0.0.7/8 dev lo',
    ours: ({ addresses }) => addresses.add({ link: 1, address: '127.0.0.7/8' }),
  },
  {
    ip: '-6 addr add 2001:db8::7/64 dev v0 nodad valid_lft 1000 preferred_lft 500',
    ours: ({ addresses }) =>
      addresses.add({
        link: 10,
        address: '2001:db8::7/64',
        flags: ['nodad'],
        validLft: 1000,
        preferredLft: 500,
      }),
  },
  {
    ip: 'addr replace 10.2.2.2/24 dev v0',
    ours: ({ addresses }) => addresses.replace({ link: 10, address: '10.2.2.2/24' }),
  },
  {
    ip: 'addr del 10.2.2.2/24 dev v0',
    ours: ({ addresses }) => addresses.delete({ link: 10, address: '10.2.2.2/24' }),
  },
  {
    ip: 'route add 10.9.0.0/16 via 10.1.1.2',
    ours: ({ routes }) => routes.add({ dst: '10.9.0.0/16', gateway: '10.1.1.2' }),
  },
  {
    ip: 'route add 10.10.0.0/16 dev v0 metric 50 src 10.1.1.1',
    ours: ({ routes }) => routes.add({ dst: '10.10.0.0/16', oif: 10, priority: 50, prefsrc: '10.1.1.1' }),
  },
  {
    ip: 'route add default via 10.1.1.2 dev v0 mtu 1300 advmss 1200 table 1000 proto static',
    ours: ({ routes }) =>
      routes.add({
        dst: 'default',
        gateway: '10.1.1.2',
        oif: 10,
        metrics: { mtu: 1300, advmss: 1200 },
        table: 1000,
        protocol: 'static',
      }),
  },
  {
    ip: 'route add 10.14.0.0/16 via 10.77.0.1 dev v0 onlink',
    ours: ({ routes }) =>
      routes.add({ dst: '10.14.0.0/16', gateway: '10.77.0.1', oif: 10, flags: ['onlink'] }),
  },
  {
    ip: 'route add 10.15.0.0/16 via inet6 2001:db8::2 dev v0',
    ours: ({ routes }) => routes.add({ dst: '10.15.0.0/16', gateway: '2001:db8::2', oif: 10 }),
  },
  {
    ip: 'route add 10.11.0.0/16 nexthop via 10.1.1.2 weight 2 nexthop via 10.1.1.3 dev v0',
    ours: ({ routes }) =>
      routes.add({
        dst: '10.11.0.0/16',
        multipath: [
          { gateway: '10.1.1.2', weight: 2 },
          { gateway: '10.1.1.3', oif: 10 },
        ],
      }),
  },
  {
    ip: 'route add blackhole 10.12.0.0/16',
    ours: ({ routes }) => routes.add({ dst: '10.12.0.0/16', type: 'blackhole' }),
  },
  {
    ip: 'route add local 10.13.0.0/16 dev lo',
    ours: ({ routes }) => routes.add({ dst: '10.13.0.0/16', type: 'local', oif: 1, table: 'local' }),
  },
  {
    ip: '-6 route add 2001:db8:1::/48 via 2001:db8::2',
    ours: ({ routes }) => routes.add({ dst: '2001:db8:1::/48', gateway: '2001:db8::2' }),
  },
  {
    ip: '-6 route add default dev v0',
    ours: ({ routes }) => routes.add({ dst: 'default', family: 'inet6', oif: 10 }),
    except: 'dst',
  },
  {
    ip: 'route replace 10.9.0.0/16 via 10.1.1.3',
    ours: ({ routes }) => routes.replace({ dst: '10.9.0.0/16', gateway: '10.1.1.3' }),
  },
  { ip: 'route del 10.9.0.0/16', ours: ({ routes }) => routes.delete({ dst: '10.9.0.0/16' }) },
  {
    ip: 'route del default table 1000',
    ours: ({ routes }) => routes.delete({ dst: 'default', table: 1000 }),
  },
  {
    ip: 'route add 10.9.0.0/16 via 10.1.1.2 metric 9',
    ours: ({ routes }) => routes.add({ dst: '10.9.0.0/16', gateway: '10.1.1.2', priority: 9 }),
  },
  {
    ip: 'route append 10.9.0.0/16 via 10.1.1.3 metric 9',
    ours: ({ routes }) => routes.append({ dst: '10.9.0.0/16', gateway: '10.1.1.3', priority: 9 }),
  },
  {
    ip: 'route prepend 10.9.0.0/16 via 10.1.1.4 metric 9',
    ours: ({ routes }) => routes.prepend({ dst: '10.9.0.0/16', gateway: '10.1.1.4', priority: 9 }),
  },
  {
    ip: 'route change 10.9.0.0/16 via 10.1.1.5 metric 9',
    ours: ({ routes }) => routes.change({ dst: '10.9.0.0/16', gateway: '10.1.1.5', priority: 9 }),
  },
  {
    ip: '-6 route append 2001:db8:1::/48 via 2001:db8::3',
    ours: ({ routes }) => routes.append({ dst: '2001:db8:1::/48', gateway: '2001:db8::3' }),
  },
  {
    ip: '-6 route prepend 2001:db8:2::/48 via 2001:db8::3',
    ours: ({ routes }) => routes.prepend({ dst: '2001:db8:2::/48', gateway: '2001:db8::3' }),
  },
  {
    ip: '-6 route change 2001:db8:2::/48 via 2001:db8::4',
    ours: ({ routes }) => routes.change({ dst: '2001:db8:2::/48', gateway: '2001:db8::4' }),
  },
  {
    ip: '-6 route replace 2001:db8:2::/48 via 2001:db8::5',
    ours: ({ routes }) => routes.replace({ dst: '2001:db8:2::/48', gateway: '2001:db8::5' }),
  },
  {
    ip: '-6 route add 2001:db8:3::/48 dev v0 expires 1000 pref high',
    ours: ({ routes }) => routes.add({ dst: '2001:db8:3::/48', oif: 10, expires: 1000, pref: 'high' }),
  },
  {
    ip: '-6 route add unreachable 2001:db8:4::/48',
    ours: ({ routes }) => routes.add({ dst: '2001:db8:4::/48', type: 'unreachable' }),
  },
  {
    ip: '-6 route del 2001:db8:1::/48 via 2001:db8::3',
    ours: ({ routes }) => routes.delete({ dst: '2001:db8:1::/48', gateway: '2001:db8::3' }),
  },
  {
    ip: '-6 route del unreachable 2001:db8:4::/48',
    ours: ({ routes }) => routes.delete({ dst: '2001:db8:4::/48', type: 'unreachable' }),
  },
  {
    ip: 'route add local 10.16.0.1 dev lo',
    ours: ({ routes }) => routes.add({ dst: '10.16.0.1', type: 'local', oif: 1 }),
  },
  {
    ip: 'route add broadcast 10.16.0.255 dev v0',
    ours: ({ routes }) => routes.add({ dst: '10.16.0.255', type: 'broadcast', oif: 10 }),
  },
  {
    ip: 'route add multicast 239.1.0.0/16 dev v0',
    ours: ({ routes }) => routes.add({ dst: '239.1.0.0/16', type: 'multicast', oif: 10 }),
  },
  {
    ip: 'route add throw 10.17.0.0/16 tos 0x10',
    ours: ({ routes }) => routes.add({ dst: '10.17.0.0/16', type: 'throw', tos: 0x10 }),
  },
  {
    ip: '-6 route add local 2001:db8:5::1 dev lo',
    ours: ({ routes }) => routes.add({ dst: '2001:db8:5::1', type: 'local', oif: 1 }),
  },
  {
    ip: '-6 route add anycast 2001:db8:5::2 dev v0',
    ours: ({ routes }) => routes.add({ dst: '2001:db8:5::2', type: 'anycast', oif: 10 }),
  },
  {
    ip: 'route add 10.18.0.0/16 nexthop dev v0 nexthop dev lo',
    ours: ({ routes }) => routes.add({ dst: '10.18.0.0/16', multipath: [{ oif: 10 }, { oif: 1 }] }),
  },
  {
    ip: 'route del local 10.16.0.1',
    ours: ({ routes }) => routes.delete({ dst: '10.16.0.1', type: 'local' }),
  },
  {
    ip: 'route del broadcast 10.16.0.255',
    ours: ({ routes }) => routes.delete({ dst: '10.16.0.255', type: 3 }),
  },
  {
    ip: 'route del blackhole 10.12.0.0/16',
    ours: ({ routes }) => routes.delete({ dst: '10.12.0.0/16', type: 'blackhole' }),
  },
  { ip: 'route get 10.1.1.2', ours: ({ routes }) => routes.get('10.1.1.2') },
  {
    ip: 'route get fibmatch 10.1.1.2 tos 0x10 ipproto tcp sport 5 dport 80 uid 7',
    ours: ({ routes }) =>
      routes.get('10.1.1.2', { fibMatch: true, tos: 0x10, ipProto: 6, sport: 5, dport: 80, uid: 7 }),
  },
  { ip: '-6 route get 2001:db8::2', ours: ({ routes }) => routes.get('2001:db8::2') },
  {
    ip: '-6 route get fibmatch 2001:db8:3::2',
    ours: ({ routes }) => routes.get('2001:db8:3::2', { fibMatch: true }),
  },
  {
    ip: '-6 route get 2001:db8::2 from 2001:db8::1 oif v0 mark 5 ipproto udp sport 5 dport 53',
    ours: ({ routes }) =>
      routes.get('2001:db8::2', {
        src: '2001:db8::1',
        oif: 10,
        mark: 5,
        ipProto: 17,
        sport: 5,
        dport: 53,
      }),
  },
  { ip: '-6 route get fe80::7 oif v0', ours: ({ routes }) => routes.get('fe80::7', { oif: 10 }) },
  {
    ip: 'route get 10.1.1.2 from 10.1.1.1 oif v0 mark 5',
    ours: ({ routes }) => routes.get('10.1.1.2', { src: '10.1.1.1', oif: 10, mark: 5 }),
  },
  {
    ip: 'rule add from 10.3.0.0/16 lookup 100 priority 1000',
    ours: ({ rules }) => rules.add({ src: '10.3.0.0/16', table: 100, priority: 1000 }),
  },
  {
    ip: 'rule add fwmark 0x7/0xff iif v0 to 10.4.0.0/16 lookup 1000 priority 1001',
    ours: ({ rules }) =>
      rules.add({ fwmark: 7, fwmask: 255, iifname: 'v0', dst: '10.4.0.0/16', table: 1000, priority: 1001 }),
  },
  {
    ip: 'rule add not ipproto tcp dport 80-90 uidrange 5-9 prohibit priority 1002',
    ours: ({ rules }) =>
      rules.add({
        flags: ['invert'],
        ipProto: 6,
        dportRange: { start: 80, end: 90 },
        uidRange: { start: 5, end: 9 },
        action: 'prohibit',
        priority: 1002,
      }),
  },
  {
    ip: '-6 rule add from 2001:db8::/32 lookup main suppress_prefixlength 0 priority 1003',
    ours: ({ rules }) => rules.add({ src: '2001:db8::/32', suppressPrefixlen: 0, priority: 1003 }),
  },
  {
    ip: 'rule add l3mdev priority 1004',
    ours: ({ rules }) => rules.add({ l3mdev: 1, priority: 1004 }),
  },
  {
    ip: 'rule add goto 32766 priority 1005',
    ours: ({ rules }) => rules.add({ goto: 32766, priority: 1005 }),
  },
  {
    ip: 'rule add blackhole priority 1006 from 10.5.0.0/16',
    ours: ({ rules }) => rules.add({ action: 6, src: '10.5.0.0/16', priority: 1006 }),
  },
  {
    ip: 'rule add priority 0 from 10.6.0.0/16 lookup main',
    ours: ({ rules }) => rules.add({ src: '10.6.0.0/16', table: 254, priority: 0 }),
  },
  {
    ip: 'rule del priority 0 from 10.6.0.0/16 lookup main',
    ours: ({ rules }) => rules.delete({ src: '10.6.0.0/16', table: 'main', priority: 0 }),
  },
  {
    ip: 'rule del goto 32766 priority 1005',
    ours: ({ rules }) => rules.delete({ goto: 32766, priority: 1005 }),
  },
  {
    ip: 'rule del from 10.3.0.0/16 lookup 100 priority 1000',
    ours: ({ rules }) => rules.delete({ src: '10.3.0.0/16', table: 100, priority: 1000 }),
  },
  {
    ip: 'neigh add 10.1.1.9 lladdr 02:00:00:00:00:09 dev v0',
    ours: ({ neighbours }) => neighbours.add({ link: 10, dst: '10.1.1.9', lladdr: '02:00:00:00:00:09' }),
  },
  {
    ip: 'neigh add 10.1.1.10 dev v0 lladdr 02:00:00:00:00:0a nud stale router protocol static',
    ours: ({ neighbours }) =>
      neighbours.add({
        link: 10,
        dst: '10.1.1.10',
        lladdr: '02:00:00:00:00:0a',
        state: 'stale',
        flags: ['router'],
        protocol: 'static',
      }),
  },
  {
    ip: 'neigh change 10.1.1.9 lladdr 02:00:00:00:00:19 dev v0 nud noarp',
    ours: ({ neighbours }) =>
      neighbours.change({ link: 10, dst: '10.1.1.9', lladdr: '02:00:00:00:00:19', state: 'noarp' }),
  },
  {
    ip: 'neigh replace 2001:db8::9 lladdr 02:00:00:00:00:09 dev v0 extern_learn',
    ours: ({ neighbours }) =>
      neighbours.replace({
        link: 10,
        dst: '2001:db8::9',
        lladdr: '02:00:00:00:00:09',
        flags: ['extLearned'],
      }),
  },
  {
    ip: 'neigh replace 10.1.1.11 dev v0 use',
    ours: ({ neighbours }) => neighbours.replace({ link: 10, dst: '10.1.1.11', flags: ['use'] }),
  },
  {
    ip: 'neigh replace 10.1.1.12 dev v0 managed',
    ours: ({ neighbours }) => neighbours.replace({ link: 10, dst: '10.1.1.12', flagsExt: ['managed'] }),
  },
  {
    ip: 'neigh add proxy 10.1.1.13 dev v0',
    ours: ({ neighbours }) => neighbours.add({ link: 10, dst: '10.1.1.13', flags: ['proxy'] }),
  },
  {
    ip: 'neigh get 10.1.1.9 dev v0',
    ours: ({ neighbours }) => neighbours.get({ link: 10, dst: '10.1.1.9' }),
  },
  {
    ip: 'neigh del 10.1.1.9 dev v0',
    ours: ({ neighbours }) => neighbours.delete({ link: 10, dst: '10.1.1.9' }),
    except: 'state',
  },
]
