import { nsidMessage, type RtmName, rtm, rtmName } from '../../protocol/index.js'
import { Connection, type Read, type Request } from '../connection/index.js'
import { NetlinkSocket } from '../ffi/netlink-socket.js'
import { assertInteger } from '../options.js'
import { NETLINK_ROUTE, TIMEOUT_MS } from './defaults.js'

/** NETNSA_NSID_NOT_ASSIGNED. include/uapi/linux/net_namespace.h */
const NOT_ASSIGNED = -1
const NSID_MAX = 0x7fffffff

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

/** Requests the id of the namespace that an fd refers to. RTM_GETNSID */
export const getNsid = (fd: number) => nsidRequest('getnsid', { fd })

/** Requests all ids. RTM_GETNSID with NLM_F_DUMP */
export const listNsids = () => nsidRequest('getnsid', {})

/**
 * Assigns an id to the namespace that an fd refers to; without an id, the kernel chooses one. RTM_NEWNSID
 * @throws {@link ArgumentError} when the id is not an integer from 0 to 2147483647
 */
export function setNsid(fd: number, id: number | undefined): Request {
  if (id !== undefined) assertInteger('id', id, 0, NSID_MAX)
  return nsidRequest('newnsid', { nsid: id ?? NOT_ASSIGNED, fd })
}

/**
 * Sends one request in the network namespace of the calling thread.
 * @throws {@link NetlinkError} when the kernel refuses it
 * @throws {@link SystemError} when no socket can be opened
 */
export async function requestOnce(request: Request): Promise<void> {
  const connection = new Connection({ open: () => new NetlinkSocket(NETLINK_ROUTE), timeout: TIMEOUT_MS })
  try {
    await connection.request(request)
  } finally {
    connection.close()
  }
}
