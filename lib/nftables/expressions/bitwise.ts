import type { NftExpressionInput } from '../../../protocol/index.js'
import { type ExpressionFormat, notExpressible, WORK_REGISTER } from './expression.js'

/** Clears all bits that are not in the mask. */
export const maskBits = (mask: Uint8Array): NftExpressionInput => ({
  name: 'bitwise',
  data: {
    sreg: WORK_REGISTER,
    dreg: WORK_REGISTER,
    len: mask.length,
    mask: { value: mask },
    xor: { value: new Uint8Array(mask.length) },
  },
})

/**
 * A mask is written with the comparison that follows: `ip saddr 10.0.0.0/8`, `meta mark & 0x000000ff == 0x00000001`.
 */
export const formatBitwise: ExpressionFormat<'bitwise'> = ({ sreg, dreg, mask, xor }, state) => {
  const loaded = state.loaded(sreg)
  const isMask = mask?.value !== undefined && !xor?.value?.some((byte) => byte !== 0)
  if (loaded === undefined || !isMask) return notExpressible('bitwise')
  return state.load(dreg, { ...loaded, mask: mask.value as Uint8Array })
}
