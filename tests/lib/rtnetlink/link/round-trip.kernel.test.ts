import { execFileSync } from 'node:child_process'
import { type LinkSpec, Netns, RtNetlink } from '../../../../lib/index.js'
import { kindTest } from '../../../helpers/needs.js'
import { netnsName } from '../../../helpers/sandbox.js'

/** Links of each kind, the plain ones first; `under` is a veth link to build on. */
const SPECS: readonly LinkSpec[] = [
  { kind: 'dummy' },
  { kind: 'ifb' },
  { kind: 'veth', peer: { name: 'peer', address: '02:00:00:00:00:02' } },
  { kind: 'bridge' },
  {
    kind: 'bridge',
    data: {
      stpState: 1,
      priority: 4096,
      ageingTime: 1000,
      forwardDelay: 500,
      mcastSnooping: false,
      groupFwdMask: 8,
      mcastRouter: 'perm',
      fdbMaxLearned: 7,
    },
  },
  { kind: 'bridge', data: { vlanFiltering: true, vlanDefaultPvid: 5, vlanProtocol: '802.1ad' } },
  { kind: 'vlan', link: 'under', data: { id: 7 } },
  {
    kind: 'vlan',
    link: 'under',
    data: {
      id: 8,
      protocol: '802.1ad',
      flags: { flags: ['gvrp'], mask: ['gvrp', 'reorderHdr'] },
      egressQos: [{ from: 1, to: 2 }],
      ingressQos: [{ from: 3, to: 4 }],
    },
  },
  { kind: 'macvlan', link: 'under' },
  { kind: 'macvlan', link: 'under', data: { mode: 'bridge', bcQueueLen: 500 } },
  { kind: 'vxlan', data: { id: 5, port: 4789 } },
  { kind: 'vxlan', link: 'under', data: { id: 6, port: 4789, group: '239.1.1.1', ttl: 5, learning: false } },
  {
    kind: 'vxlan',
    data: { id: 7, port: 4790, ttlInherit: true, group6: '2001:db8::1', local6: '2001:db8::2' },
  },
  { kind: 'vxlan', data: { id: 8, port: 4791, gbp: true, df: 'set', udpCsum: false, ageing: 77, limit: 9 } },
  { kind: 'vxlan', data: { id: 9, port: 4792, remcsumTx: true, remcsumRx: true, remcsumNopartial: true } },
  { kind: 'vxlan', data: { collectMetadata: true, port: 4793, gpe: true, learning: false } },
  { kind: 'geneve', data: { id: 5, remote: '192.0.2.1' } },
  { kind: 'geneve', data: { id: 6, remote6: '2001:db8::1', ttlInherit: true, port: 6082, df: 'unset' } },
  { kind: 'geneve', data: { collectMetadata: true, port: 6083 } },
]

// AVA takes tests only until the first await after one is declared.
const tests = await Promise.all(SPECS.map((spec) => kindTest({ ...spec, name: 'subject' } as LinkSpec)))

for (const [i, spec] of SPECS.entries()) {
  const linkTest = tests[i] as (typeof tests)[number]
  const { data = {} } = spec as { readonly data?: object }
  linkTest(`listed data makes the same link again: ${spec.kind} ${Object.keys(data)}`, async (t) => {
    const name = netnsName(t)
    Netns.create(name).close()
    await using net = await RtNetlink.open({ netns: name })
    await net.links.add({ kind: 'veth', name: 'under', peer: { name: 'other' } })
    const given = { index: 77, name: 'subject', address: '02:00:00:00:00:01' }
    const text = () => {
      const links = JSON.parse(
        execFileSync('ip', ['-n', name, '-j', '-d', 'link', 'show', 'subject'], { encoding: 'utf8' }),
      )
      return JSON.stringify(links, (key, value) =>
        /timer|^ifindex$|link_index|^link$/.test(key) ? undefined : value,
      )
    }
    await net.links.add({ ...spec, ...given })
    const before = await net.links.get('subject')
    const shown = text()
    await net.links.delete('subject')

    const { kind, data: listed, link } = before
    const on =
      kind === 'veth'
        ? { peer: { name: 'peer', address: '02:00:00:00:00:02' } }
        : link === undefined
          ? {}
          : { link }
    await net.links.add({
      kind,
      ...given,
      ...on,
      ...(listed === undefined ? {} : { data: listed }),
    } as LinkSpec)
    const after = await net.links.get('subject')
    const timers = { helloTimer: 0, gcTimer: 0, tcnTimer: 0, topologyChangeTimer: 0 }
    t.deepEqual({ ...after.data, ...timers }, { ...before.data, ...timers })
    t.is(text(), shown)
    if (kind !== 'veth') t.is(after.link, before.link)
  })
}
