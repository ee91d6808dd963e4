import { Connection } from '../connection/index.js'
import { ArgumentError } from '../errors.js'
import { NetlinkSocket } from '../ffi/netlink-socket.js'
import { Netns } from './netns.js'
import type { NetnsRef } from './reference.js'

const MIB = 1024 * 1024

export interface OpenOptions {
  /** The namespace to talk to; the calling thread's own otherwise. */
  readonly netns?: NetnsRef | undefined
  /** How long to wait for an answer of the kernel's, ms; 10,000 otherwise. It has never been seen to take any time. */
  readonly timeout?: number | undefined
  /** The receive buffer to ask for, bytes; 8 MiB otherwise. The unprivileged get net.core.rmem_max. */
  readonly receiveBuffer?: number | undefined
}

/** A connection; the namespace that it talks to is held open for the sockets to come, until it is closed. */
export interface Opened {
  readonly connection: Connection
  close(): void
}

/**
 * Opens a connection in a namespace. Works from anywhere: the process itself stays where it is.
 * @param protocol NETLINK_ROUTE and its kin; netlink(7)
 * @param sendBuffer what is sent at once, bytes
 * @throws ArgumentError, SystemError
 */
export function openConnection(protocol: number, options: OpenOptions, sendBuffer = MIB): Opened {
  const { timeout = 10_000, receiveBuffer = 8 * MIB } = options
  check('timeout', timeout, 'milliseconds, 1 or more')
  check('receiveBuffer', receiveBuffer, 'bytes, 1 or more')
  const netns = options.netns === undefined ? Netns.current() : Netns.open(options.netns)
  try {
    const connection = new Connection({
      open: () => netns.run(() => new NetlinkSocket(protocol, { receiveBuffer, sendBuffer })),
      timeout,
    })
    return {
      connection,
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

function check(argument: string, value: number, expected: string): void {
  if (!Number.isInteger(value) || value < 1) throw new ArgumentError(argument, value, expected)
}
