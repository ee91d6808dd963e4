import { datatypes } from '../datatypes.js'
import { valueText } from '../format/assignment.js'
import { notExpressible } from '../format/values.js'
import type { ExpressionFormat } from './expression.js'

/** `dup to 10.0.0.1 device "eth0"` */
export const formatDup: ExpressionFormat<'dup'> = ({ sregAddr, sregDev }, state) => {
  const { ipv4_addr, ipv6_addr, iface_index } = datatypes
  const device = sregDev === undefined ? undefined : state.registers.read(sregDev)
  const link = device && valueText(state, device, state.named(iface_index))
  if (sregDev !== undefined && link === undefined) return notExpressible('dup')
  if (state.family === 'netdev') return sregAddr === undefined ? `dup to ${link}` : notExpressible('dup')
  const value = state.registers.read(sregAddr)
  const address = value && valueText(state, value, state.family === 'ip6' ? ipv6_addr : ipv4_addr)
  if (address === undefined) return notExpressible('dup')
  return `dup to ${address}${link === undefined ? '' : ` device ${link}`}`
}
