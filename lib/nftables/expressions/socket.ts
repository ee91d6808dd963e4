import type { Datatype } from '../datatype.js'
import { datatypes, hostInteger } from '../datatypes.js'
import { wholeSource } from '../format/source.js'
import type { ExpressionFormat } from './expression.js'

/** nft(8)'s texts after `socket`. nft(8), SOCKET EXPRESSION */
const KEYS: Readonly<Record<string, Datatype>> = {
  transparent: hostInteger(1),
  mark: datatypes.mark,
  wildcard: hostInteger(1),
}

/** `socket transparent`; control groups have no text: nft(8) names them by paths, the kernel by numbers. */
export const formatSocket: ExpressionFormat<'socket'> = ({ dreg, key, level }, state) => {
  const type = level ? undefined : KEYS[String(key)]
  return state.load(dreg, type && wholeSource('socket', `socket ${key}`, type), `socket ${key}`)
}
