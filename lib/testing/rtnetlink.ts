import { Connection } from '../connection/index.js'
import { ArgumentError } from '../errors.js'
import { assertInteger, assertKnownKeys } from '../options.js'
import { RtNetlink } from '../rtnetlink/rtnetlink.js'
import type { FakeKernel } from './fake-kernel.js'

/**
 * An {@link RtNetlink} that talks to a fake kernel instead of the real one.
 *
 * ```ts
 * const kernel = new FakeKernel((request) =>
 *   request.type === rtm.newroute ? [refuse(request, 'EEXIST')] : acknowledgeIfAsked(request),
 * )
 * await using net = openFake(kernel)
 * await assert.rejects(net.routes.add({ dst: '10.0.0.0/8', oif: 'lo' }), { code: 'EEXIST' })
 * ```
 * @param options.timeout how long to wait for an answer, ms
 * @throws {@link ArgumentError} when there is no kernel, or an option is unknown or out of range
 */
export function openFake(kernel: FakeKernel, options: { readonly timeout?: number } = {}): RtNetlink {
  if (typeof kernel?.open !== 'function') throw new ArgumentError('kernel', kernel, 'a FakeKernel')
  assertKnownKeys(options, ['timeout'], 'options')
  const { timeout = 1000 } = options
  assertInteger('timeout', timeout, 1, 0x7fffffff, 'milliseconds')
  const connection = new Connection({ open: () => kernel.open(), timeout })
  return new RtNetlink({ connection, close: () => connection.close() })
}
