import type { ExpressionFormat } from './expression.js'

/** A conversion has no text: nft(8) writes values in the byte order of their type. */
export const formatByteorder: ExpressionFormat<'byteorder'> = ({ sreg, dreg }, state) =>
  state.load(dreg, state.loaded(sreg))
