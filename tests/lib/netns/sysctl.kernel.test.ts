import { readFileSync } from 'node:fs'
import { Netns } from '../../../lib/index.js'
import { kernelTest } from '../../helpers/needs.js'

kernelTest('sysctl reads and writes the namespace’s own settings, by the names of sysctl(8)', (t) => {
  using netns = Netns.create()
  const outside = readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim()
  netns.sysctl.set('net.ipv4.ip_forward', false)
  t.is(netns.sysctl.get('net.ipv4.ip_forward'), '0')
  netns.sysctl.set('net.ipv4.ip_forward', true)
  t.is(netns.sysctl.get('net/ipv4/ip_forward'), '1')
  t.is(readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim(), outside)
  netns.sysctl.set('net.ipv4.conf.lo.forwarding', 0)
  t.is(netns.sysctl.get('net.ipv4.conf.lo.forwarding'), '0')
  for (const name of [
    'kernel.hostname',
    'net',
    'net..x.y',
    'net/../kernel/hostname',
    'net.ipv4.\0',
    7 as never,
  ]) {
    t.throws(() => netns.sysctl.get(name), { code: 'ERR_NETLINK_ARGUMENT' }, String(name))
  }
  t.throws(() => netns.sysctl.get('net.ipv4.no_such'), { code: 'ENOENT', message: /net\.ipv4\.no_such/ })
  t.throws(() => netns.sysctl.set('net.ipv4.ip_forward', 'perhaps'), { code: 'EINVAL' })
})
