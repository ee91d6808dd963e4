import { datatypes } from '../datatypes.js'
import { valueText } from '../format/assignment.js'
import { notExpressible } from '../format/values.js'
import type { ExpressionFormat } from './expression.js'

/** `fwd to "eth0"`, `fwd ip to 10.0.0.1 device "eth0"` */
export const formatFwd: ExpressionFormat<'fwd'> = ({ sregDev, sregAddr, nfproto }, state) => {
  const { ipv4_addr, ipv6_addr, iface_index } = datatypes
  const device = state.registers.read(sregDev)
  const link = device && valueText(state, device, state.named(iface_index))
  if (link === undefined) return notExpressible('fwd')
  if (sregAddr === undefined && nfproto === undefined) return `fwd to ${link}`
  if (nfproto !== 'ip' && nfproto !== 'ip6') return notExpressible('fwd')
  const value = state.registers.read(sregAddr)
  const address = value && valueText(state, value, nfproto === 'ip6' ? ipv6_addr : ipv4_addr)
  return address === undefined ? notExpressible('fwd') : `fwd ${nfproto} to ${address} device ${link}`
}
