import { datatypes } from '../datatypes.js'
import { valueText } from '../format/assignment.js'
import { notExpressible } from '../format/values.js'
import type { ExpressionFormat } from './expression.js'

/** `tproxy to :5000`, `tproxy ip to 10.0.0.1:5000`, `tproxy ip6 to [fd00::1]:5000` */
export const formatTproxy: ExpressionFormat<'tproxy'> = ({ family, regAddr, regPort }, state) => {
  const text = (
    register: number | undefined,
    type: (typeof datatypes)['ipv4_addr' | 'ipv6_addr' | 'inet_service'],
  ) => {
    const value = state.registers.read(register)
    return value && valueText(state, value, type)
  }
  const own = family === 'unspec' ? undefined : family
  const network = own ?? (state.family === 'inet' ? undefined : state.family)
  const isIp6 = network === 'ip6'
  const address = text(regAddr, isIp6 ? datatypes.ipv6_addr : datatypes.ipv4_addr)
  const port = text(regPort, datatypes.inet_service)
  const isWhole =
    (regAddr === undefined) === (address === undefined) && (regPort === undefined) === (port === undefined)
  if (!isWhole || (address === undefined && port === undefined)) return notExpressible('tproxy')
  if (state.protocols.transport === undefined) return notExpressible('tproxy')
  const statement = own !== undefined && state.family === 'inet' ? `tproxy ${own}` : 'tproxy'
  const shown = address !== undefined && isIp6 ? `[${address}]` : (address ?? '')
  return `${statement} to ${shown}${port === undefined ? '' : `:${port}`}`
}
