import type { Fd } from './fd.js'
import { lastErrno, libc } from './libc.js'

/* include/uapi/linux/sockios.h, include/uapi/linux/if.h: struct ifreq is 16 bytes of name, then the answer */
const SIOCGIFINDEX = 0x8933
const NAME_SIZE = 16
const REQUEST_SIZE = 40

const request = new Uint8Array(REQUEST_SIZE)
const requestView = new DataView(request.buffer)
const encoder = new TextEncoder()

/**
 * The index of the link of this name in the namespace that the socket belongs to; minus the errno otherwise.
 * Half a microsecond, and no lock is taken: cheap enough to ask each time, so that nothing stale is kept.
 */
export function linkIndex(socket: Fd, name: string): number {
  request.fill(0)
  encoder.encodeInto(name, request.subarray(0, NAME_SIZE - 1))
  return libc().ioctl(socket, SIOCGIFINDEX, request) < 0
    ? -lastErrno()
    : requestView.getInt32(NAME_SIZE, true)
}
