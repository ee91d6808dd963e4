import { nsidMessage, type RtmName, rtm, rtmName } from '../../protocol/index.js'
import { Connection, type Read, type Request } from '../connection/index.js'
import { ArgumentError } from '../errors.js'
import { NetlinkSocket } from '../ffi/netlink-socket.js'

const NETLINK_ROUTE = 0
/** NETNSA_NSID_NOT_ASSIGNED. include/uapi/linux/net_namespace.h */
const NOT_ASSIGNED = -1
/** The kernel answers at once. */
const TIMEOUT = 10_000

function nsidRequest(name: RtmName, value: Record<string, unknown>): Request {
  return {
    type: rtm[name],
    name: rtmName(rtm[name]),
    codec: nsidMessage,
    value: { family: 'unspec', ...value },
  }
}

export const readNsid: Read<number | undefined> = (view, at, length) => {
  const { nsid } = nsidMessage.decode(view, at, length, {})
  return nsid === NOT_ASSIGNED ? undefined : nsid
}

/** Asks for the id of a namespace. */
export const getNsid = (fd: number) => nsidRequest('getnsid', { fd })
/** Asks for all ids. */
export const listNsids = () => nsidRequest('getnsid', {})

/** Gives a namespace an id; without one, the kernel chooses. @throws ArgumentError */
export function setNsid(fd: number, id: number | undefined): Request {
  if (id !== undefined && (!Number.isInteger(id) || id < 0 || id > 0x7fffffff)) {
    throw new ArgumentError('id', id, 'a whole number from 0 to 2147483647')
  }
  return nsidRequest('newnsid', { nsid: id ?? NOT_ASSIGNED, fd })
}

/** Sends one request in the namespace of the calling thread. @throws NetlinkError, SystemError */
export async function requestOnce(request: Request): Promise<void> {
  const connection = new Connection({ open: () => new NetlinkSocket(NETLINK_ROUTE), timeout: TIMEOUT })
  try {
    await connection.request(request)
  } finally {
    connection.close()
  }
}
