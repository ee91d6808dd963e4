import {
  type AnyCodec,
  batchMessage,
  type Input,
  messageFlag,
  NFTABLES,
  type NfFamily,
  type NftName,
  nfnlBatch,
  nftMessage,
  nftMessageName,
} from '../../protocol/index.js'
import type { Request } from '../connection/index.js'
import { assertBoolean } from '../options.js'

/** The flags of a request that adds an object: with `exclusive` it fails with EEXIST where the object exists. */
export function creationFlags(exclusive: boolean): number {
  assertBoolean('exclusive', exclusive)
  return exclusive ? messageFlag.create | messageFlag.exclusive : messageFlag.create
}

/**
 * A request to nf_tables.
 * @param subject what errors name: the object's name
 */
export function request<C extends AnyCodec>(
  name: NftName,
  codec: C,
  family: NfFamily | 'unspec',
  value: Omit<Input<C>, 'family'>,
  subject?: string,
  flags?: number,
): Request {
  return {
    type: nftMessage[name],
    name: nftMessageName(name),
    codec,
    subject,
    flags,
    value: { family, ...value },
  }
}

/**
 * The message that begins or ends a transaction.
 * @param generation the transaction fails with ERESTART if the ruleset's generation differs from this
 */
export function batchRequest(which: 'begin' | 'end', generation?: number): Request {
  return {
    type: nfnlBatch[which],
    name: `NFNL_MSG_BATCH_${which.toUpperCase()}`,
    codec: batchMessage,
    value: { family: 'unspec', resId: NFTABLES, genid: generation },
  }
}

let lastSetId = 0

/** A number that identifies a set within its transaction, before it has its final name. */
export const nextSetId = () => ++lastSetId
