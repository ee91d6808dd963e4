import type { NftExpressionInput } from '../../../protocol/index.js'
import type { NftValue } from '../datatype.js'
import { notExpressible } from '../format/values.js'
import { loadPorts } from '../nat-target.js'
import type { ExpressionFormat } from './expression.js'
import { formatNatFlags, formatTarget, type NatOptions, natFlags } from './nat.js'

export function redirect(ports: NftValue | undefined, flags: NatOptions['flags']): NftExpressionInput[] {
  const { loads, min, max } = loadPorts(ports)
  return [
    ...loads,
    { name: 'redir', data: { flags: natFlags(flags, min), regProtoMin: min, regProtoMax: max } },
  ]
}

/** `redirect to :1024-65535 random` */
export const formatRedir: ExpressionFormat<'redir'> = (data, state) => {
  const target = formatTarget(data, state)
  const flags = formatNatFlags(data.flags)
  return target === undefined || flags === undefined ? notExpressible('redir') : `redirect${target}${flags}`
}
