import { Connection, type Read, type Request } from '../../lib/connection/index.js'
import type { FakeKernel } from '../../lib/testing/index.js'
import { attributes, message, struct, u32, Writer } from '../../protocol/index.js'

/** A message of no protocol: a number, and an attribute. */
export const codec = message(struct({ n: u32 }), attributes({ more: [1, u32] }))

export const request = (n = 0, more: Partial<Request> = {}): Request => ({
  type: 100,
  name: 'TEST',
  codec,
  value: { n },
  ...more,
})

export const payload = (n: number): Uint8Array => {
  const out = new Writer()
  codec.encode(out, { n }, {})
  return out.written()
}

export const whole: Read<{ n: number }> = (view, at, length) => codec.decode(view, at, length, {})
export const number: Read<number> = (view, at, length) => whole(view, at, length).n

/** The numbers of the requests that arrived. */
export const numbers = (kernel: FakeKernel): number[] =>
  kernel.requests.map(({ payload }) => new DataView(payload.buffer, payload.byteOffset).getUint32(0, true))

export function connect(kernel: FakeKernel, timeout = 1000): Connection {
  return new Connection({ open: () => kernel.open(), timeout })
}
