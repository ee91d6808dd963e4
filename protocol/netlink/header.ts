import type { Writer } from '../codec/writer.js'

/* include/uapi/linux/netlink.h: struct nlmsghdr { u32 len; u16 type; u16 flags; u32 seq; u32 pid } */
export const HEADER_SIZE = 16

/** NLMSG_*: types below 16 (NLMSG_MIN_TYPE) belong to netlink itself, the others to the protocol. */
export const controlType = { noop: 1, error: 2, done: 3, overrun: 4 } as const

/** NLM_F_*: flags of requests and of answers. */
export const messageFlag = {
  request: 0x1,
  multi: 0x2,
  ack: 0x4,
  echo: 0x8,
  dumpInterrupted: 0x10,
  dumpFiltered: 0x20,
  // for GET requests
  root: 0x100,
  match: 0x200,
  dump: 0x300,
  // for NEW requests
  replace: 0x100,
  exclusive: 0x200,
  create: 0x400,
  append: 0x800,
  // for answers of type NLMSG_ERROR
  capped: 0x100,
  ackAttributes: 0x200,
} as const

export interface MessageHeader {
  readonly length: number
  readonly type: number
  readonly flags: number
  readonly sequence: number
  readonly port: number
}

/** Opens a message at the writer's end, which must be aligned. Returns its offset. */
export function beginMessage(out: Writer, type: number, flags: number, sequence: number): number {
  const start = out.reserve(HEADER_SIZE)
  const { view } = out
  view.setUint16(start + 4, type, true)
  view.setUint16(start + 6, flags, true)
  view.setUint32(start + 8, sequence, true)
  view.setUint32(start + 12, 0, true)
  return start
}

/** Closes the message that begins at `start`: writes its length, and pads to a multiple of four. */
export function endMessage(out: Writer, start: number): void {
  out.view.setUint32(start, out.at - start, true)
  out.align()
}

export function readHeader(view: DataView, at: number): MessageHeader {
  return {
    length: view.getUint32(at, true),
    type: view.getUint16(at + 4, true),
    flags: view.getUint16(at + 6, true),
    sequence: view.getUint32(at + 8, true),
    port: view.getUint32(at + 12, true),
  }
}
