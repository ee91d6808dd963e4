import { notExpressible } from '../format/values.js'
import type { ExpressionFormat } from './expression.js'

/** nft(8) has no words for the tunnel of a packet. */
export const formatTunnel: ExpressionFormat<'tunnel'> = () => notExpressible('tunnel')
