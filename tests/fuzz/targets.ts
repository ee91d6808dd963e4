import { readAddress } from '../../lib/rtnetlink/address/spec.js'
import { readLink } from '../../lib/rtnetlink/link/read.js'
import { readNeighbour } from '../../lib/rtnetlink/neighbour/spec.js'
import { readRoute } from '../../lib/rtnetlink/route/read.js'
import { readRule } from '../../lib/rtnetlink/rule/spec.js'
import {
  type AnyCodec,
  addressMessage,
  DecodeError,
  decodeEchoReply,
  decodeError,
  EncodeError,
  extendedAck,
  linkMessage,
  neighbourMessage,
  nftChainMessage,
  nftFlowtableMessage,
  nftObjectMessage,
  nftRuleMessage,
  nftSetElementsMessage,
  nftSetMessage,
  nftTableMessage,
  nsidMessage,
  routeMessage,
  ruleMessage,
  stripIpv4Header,
  viewOf,
  Writer,
} from '../../protocol/index.js'

const CODECS: Record<string, AnyCodec> = {
  link: linkMessage,
  address: addressMessage,
  route: routeMessage,
  neighbour: neighbourMessage,
  rule: ruleMessage,
  nsid: nsidMessage,
  table: nftTableMessage,
  chain: nftChainMessage,
  nftRule: nftRuleMessage,
  object: nftObjectMessage,
  flowtable: nftFlowtableMessage,
  set: nftSetMessage,
  setElements: nftSetElementsMessage,
  extendedAck,
}

/** The readers of the API's objects. */
const READERS: Record<string, (view: DataView, at: number, length: number) => unknown> = {
  linkObject: readLink,
  addressObject: readAddress,
  routeObject: readRoute,
  ruleObject: readRule,
  neighbourObject: readNeighbour,
}

/** Every decoder of bytes from the kernel, each with its invariant: it throws if that does not hold. */
export const targets: Record<string, (bytes: Uint8Array) => void> = {
  ...Object.fromEntries(
    Object.entries(CODECS).map(([name, codec]) => [name, (bytes: Uint8Array) => decodes(codec, bytes)]),
  ),
  ...Object.fromEntries(
    Object.entries(READERS).map(([name, read]) => [
      name,
      (bytes: Uint8Array) => tolerates(() => read(viewOf(padded(bytes)), 4, bytes.length)),
    ]),
  ),
  error: (bytes) => tolerates(() => decodeError(viewOf(bytes), 0, bytes.length, 0x200)),
  cappedError: (bytes) => tolerates(() => decodeError(viewOf(bytes), 0, bytes.length, 0x300)),
  echo: (bytes) => {
    decodeEchoReply(4, stripIpv4Header(bytes)?.payload ?? bytes)
    decodeEchoReply(6, bytes)
  },
}

/**
 * Decoding gives a value or a DecodeError and reads within the window; the value can be encoded, or gives an
 * EncodeError.
 */
function decodes(codec: AnyCodec, bytes: Uint8Array): void {
  const value = tolerates(() => codec.decode(viewOf(padded(bytes)), 4, bytes.length, {}))
  if (value === undefined) return
  try {
    codec.encode(new Writer(bytes.length + 64), value as never, {})
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error
  }
}

/** The bytes at offset 4, between others that a decoder must not read. */
function padded(bytes: Uint8Array): Uint8Array {
  const room = new Uint8Array(bytes.length + 8).fill(0xff)
  room.set(bytes, 4)
  return room
}

function tolerates(decode: () => unknown): unknown {
  try {
    return decode()
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
