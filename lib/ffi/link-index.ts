import { writeUtf8 } from '../../protocol/codec/utf8.js'
import {
  beginMessage,
  endMessage,
  errno,
  HEADER_SIZE,
  linkMessage,
  messageFlag,
  readHeader,
  rtm,
  viewOf,
  Writer,
} from '../../protocol/index.js'
import { existingLinkIndex, fitsInterfaceRequest, type LinkRef } from '../link-reference.js'
import { closeFd, type Fd } from './fd.js'
import { lastErrno, libc } from './libc.js'
import { AF_NETLINK, NETLINK_ADDRESS, openSocket, receiveMessage, SOCK_RAW, send } from './socket.js'

/* include/uapi/linux/sockios.h; include/uapi/linux/if.h: struct ifreq is a name of 16 bytes, then a union. */
const SIOCGIFNAME = 0x8910
const SIOCGIFINDEX = 0x8933
const NAME_SIZE = 16
const REQUEST_SIZE = 40
/* include/uapi/linux/netlink.h */
const NETLINK_ROUTE = 0
/** The offset of `ifi_index` in struct ifinfomsg, and of the error number in struct nlmsgerr. */
const IFI_INDEX = 4
const ANSWER_SIZE = HEADER_SIZE + 16

const request = new Uint8Array(REQUEST_SIZE)
const requestView = new DataView(request.buffer)
let lastSequence = 0

/**
 * The index of the link with this name, in the network namespace of the socket; minus the errno on failure. Takes 0.5
 * µs and no kernel lock, so names are resolved on every use instead of being cached.
 * @param name one that {@link fitsInterfaceRequest}
 */
export function linkIndex(socket: Fd, name: string): number {
  if (!fitsInterfaceRequest(name)) return -errno.ENAMETOOLONG
  request.fill(0)
  writeUtf8(name, request, 0)
  return libc().ioctl(socket, SIOCGIFINDEX, request) < 0
    ? -lastErrno()
    : requestView.getInt32(NAME_SIZE, true)
}

/**
 * The same for any name, by a message: for alternative names that do not fit {@link linkIndex}. The kernel answers while
 * it is sent, under its rtnl lock.
 * @param socket a socket of NETLINK_ROUTE on which no other answer is awaited
 */
export function queryLinkIndex(socket: Fd, name: string): number {
  const out = new Writer(512)
  lastSequence = (lastSequence + 1) >>> 0
  const start = beginMessage(out, rtm.getlink, messageFlag.request, lastSequence)
  linkMessage.encode(out, { family: 'unspec', altIfname: name, extMask: ['skipStats'] }, {})
  endMessage(out, start)
  const sent = send(socket, out.written())
  if (sent < 0) return sent
  // Only the index is read: the rest of the answer, which may be long, is cut off.
  const answer = new Uint8Array(ANSWER_SIZE)
  const view = viewOf(answer)
  const sender = new Uint8Array(NETLINK_ADDRESS.size)
  for (;;) {
    const { length } = receiveMessage(socket, answer, sender)
    if (length === -errno.EINTR) continue
    if (length < 0) return length
    const fromKernel = viewOf(sender).getUint32(NETLINK_ADDRESS.port, true) === 0
    const { type, sequence } = readHeader(view, 0)
    if (!fromKernel || length < ANSWER_SIZE || sequence !== lastSequence) continue
    // An error message begins with minus the errno.
    return view.getInt32(HEADER_SIZE + (type === rtm.newlink ? IFI_INDEX : 0), true)
  }
}

/**
 * The index of a link that is referred to by name or index, in the network namespace of the calling thread.
 * @param socket any socket of this namespace
 * @throws {@link ArgumentError} when the value can be neither a name nor an index
 * @throws {@link LinkNotFoundError} when there is no such link
 * @throws {@link SystemError} when the look-up fails
 */
export function requireLinkIndex(socket: Fd, link: LinkRef, argument: string): number {
  const lookup = {
    linkIndex: (name: string) => (fitsInterfaceRequest(name) ? linkIndex(socket, name) : queryHere(name)),
    hasLink: (one: LinkRef) => typeof one === 'string' || hasIndex(socket, one),
  }
  return existingLinkIndex(lookup, link, argument)
}

/** {@link queryLinkIndex} with a socket of its own. */
function queryHere(name: string): number {
  const socket = openSocket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)
  try {
    return queryLinkIndex(socket, name)
  } finally {
    closeFd(socket)
  }
}

/** False if there is no link with this index in the network namespace of the socket. */
export function hasIndex(socket: Fd, index: number): boolean {
  request.fill(0)
  requestView.setInt32(NAME_SIZE, index, true)
  return libc().ioctl(socket, SIOCGIFNAME, request) >= 0 || lastErrno() !== errno.ENODEV
}
