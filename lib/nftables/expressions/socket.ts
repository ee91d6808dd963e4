import type { Datatype } from '../datatype.js'
import { datatypes, hostInteger } from '../datatypes.js'
import { wholeSource } from '../format/source.js'
import type { ExpressionFormat } from './expression.js'

/** nft(8)'s texts after `socket`. nft(8), SOCKET EXPRESSION */
export const socketKeys = {
  transparent: hostInteger(1),
  mark: datatypes.mark,
  wildcard: hostInteger(1),
} as const satisfies Readonly<Record<string, Datatype>>

/** A property of a socket, with its text; undefined if nft(8) has none. */
export function socketKeyOf(key: unknown): { readonly text: string; readonly type: Datatype } | undefined {
  const known: Readonly<Record<string, Datatype>> = socketKeys
  const type = known[String(key)]
  return type && { text: `socket ${key}`, type }
}

/** `socket transparent`; control groups have no text: nft(8) names them by paths, the kernel by numbers. */
export const formatSocket: ExpressionFormat<'socket'> = ({ dreg, key, level }, state) => {
  const found = level ? undefined : socketKeyOf(key)
  return state.load(dreg, found && wholeSource('socket', found.text, found.type), `socket ${key}`)
}
