import { notExpressible } from '../format/values.js'
import type { ExpressionFormat } from './expression.js'

/** The nft(8) that most have does not know packets inside tunnels. */
export const formatInner: ExpressionFormat<'inner'> = () => notExpressible('inner')
