import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { type Server, Socket } from 'node:net'
import { ArgumentError, SystemError } from '../errors.js'
import { closeFd, type Fd } from '../ffi/fd.js'
import {
  boundSocket,
  type InetEndpoint,
  startConnecting,
  startListening,
  untilConnected,
} from '../ffi/inet-socket.js'
import { linkIndex } from '../ffi/link-index.js'
import { AF_INET, openSocket, SOCK_DGRAM } from '../ffi/socket.js'
import { parseZonedAddress } from './zoned-address.js'

/** What Node itself asks for. */
const BACKLOG = 511

export interface ListenAt {
  /** 0, or nothing, for one that the kernel chooses. */
  readonly port?: number | undefined
  /** An address of the namespace; all of them, of both families, otherwise. */
  readonly host?: string | undefined
  /** How many connections may wait. */
  readonly backlog?: number | undefined
}

export interface ConnectTo {
  /** An address: names are not looked up, since that would happen outside. */
  readonly host: string
  readonly port: number
  /** The address to come from. */
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
  /** Ends the wait, with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

export interface UdpAt {
  readonly port?: number | undefined
  /** An address of the namespace; all of them otherwise. */
  readonly host?: string | undefined
  /** `udp4` unless the host says otherwise. */
  readonly type?: 'udp4' | 'udp6' | undefined
}

/** Calls synchronously inside. */
type Run = <T>(act: () => T) => T

/** Has a server of Node's listen inside, while its code runs outside. */
export async function listenInside<S extends Server>(run: Run, server: S, at: ListenAt): Promise<S> {
  const { port = 0, host, backlog = BACKLOG } = at
  const fd = run(() => {
    const socket = host === undefined ? everywhere(port) : boundSocket('tcp', endpoint(host, port, 'host'))
    try {
      startListening(socket, backlog, `${host ?? '*'}:${port}`)
      return socket
    } catch (error) {
      closeFd(socket)
      throw error
    }
  })
  return handOver(fd, () => listening(server, fd))
}

/** A connection made inside, as an ordinary socket of Node's. */
export async function connectInside(run: Run, to: ConnectTo): Promise<Socket> {
  const { host, port, localAddress, localPort = 0, signal } = to
  signal?.throwIfAborted()
  const { fd, target } = run(() => {
    const target = endpoint(host, port, 'host')
    const from =
      localAddress === undefined && localPort === 0
        ? undefined
        : endpoint(localAddress ?? (target.version === 4 ? '0.0.0.0' : '::'), localPort, 'localAddress')
    return { fd: boundSocket('tcp', from, target.version), target }
  })
  return handOver(fd, async () => {
    startConnecting(fd, target)
    await untilConnected(fd, target, signal)
    return new Socket({ fd, readable: true, writable: true })
  })
}

/** A bound datagram socket of Node's, made inside. */
export async function udpInside(run: Run, at: UdpAt): Promise<UdpSocket> {
  const { port = 0, type, host = type === 'udp6' ? '::' : '0.0.0.0' } = at
  const { fd, version } = run(() => {
    const own = endpoint(host, port, 'host')
    return { fd: boundSocket('udp', own), version: own.version }
  })
  return handOver(fd, async () => {
    const socket = createSocket(version === 4 ? 'udp4' : 'udp6')
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind({ fd }, () => {
        socket.off('error', reject)
        resolve()
      })
    })
    return socket
  })
}

/** What takes the fd over owns it; until then it is closed on failure. */
async function handOver<T>(fd: Fd, take: () => Promise<T>): Promise<T> {
  try {
    return await take()
  } catch (error) {
    closeFd(fd)
    throw error
  }
}

function listening<S extends Server>(server: S, fd: Fd): Promise<S> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ fd }, () => {
      server.off('error', reject)
      resolve(server)
    })
  })
}

/** All addresses, of both families; of one where the kernel has no other. */
function everywhere(port: number): Fd {
  try {
    return boundSocket('tcp', endpoint('::', port, 'host'))
  } catch (error) {
    if (!(error instanceof SystemError) || !['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(error.code))
      throw error
    return boundSocket('tcp', endpoint('0.0.0.0', port, 'host'))
  }
}

/** @throws ArgumentError */
function endpoint(host: string, port: number, argument: string): InetEndpoint {
  const parsed = parseZonedAddress(host)
  if (parsed === undefined) {
    throw new ArgumentError(
      argument,
      host,
      'an address, such as 192.0.2.1 or fe80::1%eth0: names would be looked up outside',
    )
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new ArgumentError('port', port, 'a port, 0 to 65535')
  const { version, bytes, zone } = parsed
  const text = version === 4 ? `${host}:${port}` : `[${host}]:${port}`
  const scope = zone === undefined ? 0 : zoneIndex(zone)
  return { version, address: bytes, port, scope, text }
}

/** The index of a link in the namespace of the calling thread. @throws ArgumentError */
function zoneIndex(zone: string): number {
  const socket = openSocket(AF_INET, SOCK_DGRAM, 0)
  try {
    const index = linkIndex(socket, zone)
    if (index < 0) throw new ArgumentError('host', `%${zone}`, 'a link of this network namespace')
    return index
  } finally {
    closeFd(socket)
  }
}
