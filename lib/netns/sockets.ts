import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { type Server, Socket } from 'node:net'
import { ArgumentError, SystemError } from '../errors.js'
import { closeFd, closePlain, disown, type Fd } from '../ffi/fd.js'
import { inetEndpoint } from '../ffi/inet-endpoint.js'
import { boundSocket, startConnecting, startListening, untilConnected } from '../ffi/inet-socket.js'
import { assertKnownKeys } from '../options.js'
import type { RunInside } from './enter.js'

/** Node's own default: `server.listen` passes it to listen(2). */
const BACKLOG = 511

export interface ListenAt {
  /** By default 0: the kernel chooses a free port. */
  readonly port?: number | undefined
  /** An address of the namespace; by default all addresses of both families. */
  readonly host?: string | undefined
  /** How many connections may wait to be accepted; 511 by default. */
  readonly backlog?: number | undefined
}

export interface ConnectTo {
  /** An IPv4 or IPv6 address. Host names are refused, because they would be looked up outside the namespace. */
  readonly host: string
  readonly port: number
  /** The source address. */
  readonly localAddress?: string | undefined
  /** The source port. */
  readonly localPort?: number | undefined
  /** Aborts the attempt with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

export interface UdpAt {
  /** By default 0: the kernel chooses a free port. */
  readonly port?: number | undefined
  /** An address of the namespace; by default all addresses. */
  readonly host?: string | undefined
  /** Which default `host` is used; `udp4` by default. */
  readonly type?: 'udp4' | 'udp6' | undefined
}

/** Makes a Node server listen inside the namespace; its code runs outside. */
export async function listenInside<S extends Server>(run: RunInside, server: S, at: ListenAt): Promise<S> {
  assertKnownKeys(at, ['port', 'host', 'backlog'], 'at')
  if (typeof server?.listen !== 'function') {
    throw new ArgumentError('server', server, 'a server of node:net, node:http or node:https')
  }
  const { port = 0, host, backlog = BACKLOG } = at
  const fd = run(() => {
    const socket = host === undefined ? boundToAll(port) : boundSocket('tcp', inetEndpoint(host, port))
    try {
      startListening(socket, backlog, `${host ?? '*'}:${port}`)
      return socket
    } catch (error) {
      closeFd(socket)
      throw error
    }
  })
  return handOver(fd, (handed) => listening(server, handed))
}

/** Makes a TCP connection inside the namespace, as a Node socket. */
export async function connectInside(run: RunInside, to: ConnectTo): Promise<Socket> {
  assertKnownKeys(to, ['host', 'port', 'localAddress', 'localPort', 'signal'], 'to')
  const { host, port, localAddress, localPort = 0, signal } = to
  signal?.throwIfAborted()
  const { fd, target } = run(() => {
    const target = inetEndpoint(host, port)
    const anyAddress = target.version === 4 ? '0.0.0.0' : '::'
    const source =
      localAddress === undefined && localPort === 0
        ? undefined
        : inetEndpoint(localAddress ?? anyAddress, localPort, 'localAddress', 'localPort')
    return { fd: boundSocket('tcp', source, target.version), target }
  })
  try {
    startConnecting(fd, target)
    await untilConnected(fd, target, signal)
  } catch (error) {
    closeFd(fd)
    throw error
  }
  return handOver(fd, async (handed) => new Socket({ fd: handed, readable: true, writable: true }))
}

/** Makes a bound UDP socket inside the namespace, as a Node socket. */
export async function udpInside(run: RunInside, at: UdpAt): Promise<UdpSocket> {
  assertKnownKeys(at, ['port', 'host', 'type'], 'at')
  const { port = 0, type, host = type === 'udp6' ? '::' : '0.0.0.0' } = at
  const { fd, version } = run(() => {
    const own = inetEndpoint(host, port)
    return { fd: boundSocket('udp', own), version: own.version }
  })
  return handOver(fd, async (handed) => {
    const socket = createSocket(version === 4 ? 'udp4' : 'udp6')
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind({ fd: handed }, () => {
        socket.off('error', reject)
        resolve()
      })
    })
    return socket
  })
}

/** Passes the fd to an object that owns it from then on; closes it when that fails. */
async function handOver<T>(fd: Fd, take: (handed: number) => Promise<T>): Promise<T> {
  const handed = disown(fd)
  try {
    return await take(handed)
  } catch (error) {
    closePlain(handed)
    throw error
  }
}

function listening<S extends Server>(server: S, fd: number): Promise<S> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ fd }, () => {
      server.off('error', reject)
      resolve(server)
    })
  })
}

/** A socket on all addresses of both families, or of IPv4 where the kernel has IPv6 disabled. */
function boundToAll(port: number): Fd {
  try {
    return boundSocket('tcp', inetEndpoint('::', port))
  } catch (error) {
    if (!(error instanceof SystemError) || !['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(error.code))
      throw error
    return boundSocket('tcp', inetEndpoint('0.0.0.0', port))
  }
}
