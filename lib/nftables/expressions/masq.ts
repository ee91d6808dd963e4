import type { NftExpressionInput } from '../../../protocol/index.js'
import type { NftValue } from '../datatype.js'
import { notExpressible } from '../format/values.js'
import { loadPorts } from '../nat-target.js'
import type { ExpressionFormat } from './expression.js'
import { formatNatFlags, formatTarget, type NatOptions, natFlags } from './nat.js'

export function masquerade(ports: NftValue | undefined, flags: NatOptions['flags']): NftExpressionInput[] {
  const { loads, min, max } = loadPorts(ports)
  return [
    ...loads,
    { name: 'masq', data: { flags: natFlags(flags, min), regProtoMin: min, regProtoMax: max } },
  ]
}

/** `masquerade to :1024-65535 random` */
export const formatMasq: ExpressionFormat<'masq'> = (data, state) => {
  // Without the flag, the kernel does not use the ports.
  const usesPorts = (data.regProtoMin !== undefined) === (data.flags?.includes('protoSpecified') ?? false)
  const target = usesPorts ? formatTarget(data, state) : undefined
  const flags = formatNatFlags(data.flags)
  return target === undefined || flags === undefined ? notExpressible('masq') : `masquerade${target}${flags}`
}
