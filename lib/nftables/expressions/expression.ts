import { type NftExpressionData, type NftExpressionName, nftRegister } from '../../../protocol/index.js'
import type { RuleState } from '../format/state.js'

/**
 * Formats an expression of one type, given what the expressions before it have loaded: returns the text of a statement,
 * or undefined where the expression only changes registers. It has to account for all that the expression says, and to
 * return {@link notExpressible} where nft(8)'s language has no words for it.
 */
export type ExpressionFormat<N extends NftExpressionName> = (
  data: NftExpressionData<N>,
  state: RuleState,
) => string | undefined

/** The register that built rules load a value into before they compare or use it. */
export const WORK_REGISTER = nftRegister.reg1
