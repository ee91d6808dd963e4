/**
 * A fake kernel for the tests of programs that use this library.
 * @module
 */
export { Connection, type ConnectionOptions, type Datagram, type Transport } from '../connection/index.js'
export { type Answer, acknowledgeIfAsked, type Delivery, FakeKernel } from './fake-kernel.js'
export { acknowledge, concat, dump, type FakeRequest, message, refuse, reply } from './messages.js'
export { openFake } from './rtnetlink.js'
