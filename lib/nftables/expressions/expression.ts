import { type NftExpressionData, type NftExpressionName, nftRegister } from '../../../protocol/index.js'
import type { RuleState } from '../format/state.js'

/**
 * Formats an expression of one type, given what the expressions before it have loaded: returns the text of a statement,
 * or undefined where the expression only changes registers.
 */
export type ExpressionFormat<N extends NftExpressionName> = (
  data: NftExpressionData<N>,
  state: RuleState,
) => string | undefined

/** The text of an expression that nft(8)'s language cannot express: nft(8) refuses to read it. */
export const notExpressible = (name: string | undefined) => `[ ${name} ]`

/** The register that built rules load a value into before they compare or use it. */
export const WORK_REGISTER = nftRegister.reg1
