import { Connection } from '../connection/index.js'
import { NetlinkSocket } from '../ffi/netlink-socket.js'
import { assertInteger, assertKnownKeys } from '../options.js'
import { TIMEOUT_MS } from './defaults.js'
import type { NetnsIdentity } from './identity.js'
import { Netns } from './netns.js'
import type { NetnsRef } from './reference.js'

const MIB = 1024 * 1024
const INT_MAX = 0x7fffffff

export interface OpenOptions {
  /** The network namespace to connect to; by default the calling thread's own. */
  readonly netns?: NetnsRef | undefined
  /** How long to wait for an answer of the kernel, in milliseconds; 10,000 by default. */
  readonly timeout?: number | undefined
  /**
   * The receive buffer to request, in bytes; 8 MiB by default. Without CAP_NET_ADMIN the kernel grants at most
   * net.core.rmem_max.
   */
  readonly receiveBuffer?: number | undefined
}

/** A connection, and the namespace's handle from which it opens further sockets until it is closed. */
export interface Opened {
  readonly connection: Connection
  /** The identity of its namespace; undefined over other transports. */
  readonly netnsIdentity?: NetnsIdentity | undefined
  close(): void
}

/**
 * Opens a netlink connection in a network namespace. The calling thread stays in its own.
 * @param protocol NETLINK_ROUTE or NETLINK_NETFILTER. netlink(7)
 * @param sendBuffer the send buffer to request, in bytes: it limits the size of one batch
 * @throws {@link ArgumentError} when an option is unknown or out of range
 * @throws {@link SystemError} `ENOENT` when there is no such namespace, `EPERM` when it may not be entered
 */
export function openConnection(protocol: number, options: OpenOptions, sendBuffer = MIB): Opened {
  assertKnownKeys(options, ['netns', 'timeout', 'receiveBuffer'], 'options')
  const { timeout = TIMEOUT_MS, receiveBuffer = 8 * MIB } = options
  assertInteger('timeout', timeout, 1, INT_MAX, 'milliseconds')
  assertInteger('receiveBuffer', receiveBuffer, 1, INT_MAX, 'bytes')
  const netns = options.netns === undefined ? Netns.current() : Netns.open(options.netns)
  try {
    const connection = new Connection({
      open: () => netns.run(() => new NetlinkSocket(protocol, { receiveBuffer, sendBuffer })),
      timeout,
    })
    return {
      connection,
      netnsIdentity: netns.identity,
      close() {
        connection.close()
        netns.close()
      },
    }
  } catch (error) {
    netns.close()
    throw error
  }
}
