import type { NftExpressionInput } from '../../../protocol/index.js'
import type { NftValue } from '../datatype.js'
import { loadPorts } from '../nat-target.js'
import type { ExpressionFormat } from './expression.js'
import { formatNatFlags, formatTarget, type NatOptions } from './nat.js'

export function masquerade(ports: NftValue | undefined, flags: NatOptions['flags']): NftExpressionInput[] {
  const { loads, min, max } = loadPorts(ports)
  return [...loads, { name: 'masq', data: { flags, regProtoMin: min, regProtoMax: max } }]
}

/** `masquerade to :1024-65535 random` */
export const formatMasq: ExpressionFormat<'masq'> = (data, state) =>
  `masquerade${formatTarget(data, state)}${formatNatFlags(data.flags)}`
