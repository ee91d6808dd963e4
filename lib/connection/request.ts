import type { AnyCodec } from '../../protocol/index.js'
import type { NetlinkError } from './netlink-error.js'

/** Reads the payload of a message that answers, as it lies in memory that is used again afterwards. @throws DecodeError */
export type Read<V> = (view: DataView, at: number, length: number) => V

/** A message to the kernel. */
export interface Request {
  /** Its number: `rtm.newlink`. */
  readonly type: number
  /** Its name, for errors: `RTM_NEWLINK`. */
  readonly name: string
  /** What it is about, for errors: `veth0`. */
  readonly subject?: string | undefined
  /** NLM_F_*, besides NLM_F_REQUEST and what the connection itself adds. */
  readonly flags?: number | undefined
  readonly codec: AnyCodec
  readonly value: object
  /** Within a transaction: reads what the kernel made of it, where NLM_F_ECHO asks for that. */
  readonly echo?: Read<unknown> | undefined
  /** What a refusal is to the caller, where that is not the NetlinkError itself. */
  readonly refused?: ((error: NetlinkError) => Error) | undefined
  /** Of a listing: the refusal that says that there is nothing to list. */
  readonly emptyCode?: string | undefined
  /** It holds the kernel for long (a link goes, or moves): sent from another thread. */
  readonly blocking?: boolean | undefined
  /** Names of links mean something else afterwards: whoever looks one up has to wait for it. */
  readonly changesNames?: boolean | undefined
}
