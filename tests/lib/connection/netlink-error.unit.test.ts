import test from 'ava'
import type { Request } from '../../../lib/connection/index.js'
import { NetlinkError } from '../../../lib/connection/index.js'
import { encodeRequest } from '../../../lib/connection/request.js'
import { privilegeHint } from '../../../lib/privilege.js'
import {
  DecodeError,
  decodeError,
  describeErrno,
  errnoName,
  linkMessage,
  rtm,
  viewOf,
  Writer,
} from '../../../protocol/index.js'

const request: Request = {
  type: rtm.newlink,
  name: 'RTM_NEWLINK',
  subject: 'vx0',
  codec: linkMessage,
  value: { family: 'unspec', ifname: 'vx0', linkinfo: { kind: 'vxlan', data: { id: 1 << 25, port: 4789 } } },
}
const refused = (answer: ConstructorParameters<typeof NetlinkError>[1], given = request) => {
  const out = new Writer()
  encodeRequest(out, given)
  return new NetlinkError(given, answer, out.written())
}
/* header 16, ifinfomsg 16, ifname 8, linkinfo 4, kind 4 + 5 + 3, data 4: the id begins at 60 */
const ID_OFFSET = 60

test('the message has the kernel’s explanation, the attribute that it objects to and its value', (t) => {
  const error = refused({
    errno: 34,
    ack: { msg: 'VXLAN ID must be lower', offs: ID_OFFSET },
  })
  t.is(error.code, 'ERANGE')
  t.is(error.kernelMessage, 'VXLAN ID must be lower')
  t.is(error.attribute, 'linkinfo.data.id')
  t.is(error.message, 'RTM_NEWLINK vx0: ERANGE: VXLAN ID must be lower (linkinfo.data.id = 33554432)')
  t.is(error.request.name, 'RTM_NEWLINK')
  t.like(error.request.value, request.value)
})

test('without an explanation, the message has the error number’s text; EPERM has a hint', (t) => {
  t.is(refused({ errno: 17, ack: {} }).message, 'RTM_NEWLINK vx0: EEXIST: File exists')
  t.is(refused({ errno: 1, ack: {} }).message, `RTM_NEWLINK vx0: EPERM: ${privilegeHint()}`)
})

test('a missing attribute is named with its path', (t) => {
  const nest = refused({ errno: 22, ack: { missType: 4, missNest: 56 } })
  t.is(nest.missing, 'linkinfo.data.local')
  t.regex(nest.message, /linkinfo\.data\.local is missing/)
  t.is(refused({ errno: 22, ack: { missType: 4 } }).missing, 'mtu')
})

test('the message has the accepted range', (t) => {
  const range = refused({
    errno: 34,
    ack: { offs: ID_OFFSET, policy: { type: 'u32', minValueU: 1n, maxValueU: 9n } },
  })
  t.regex(range.message, /accepted: 1 to 9/)
  t.deepEqual(range.policy, { type: 'u32', minValueU: 1n, maxValueU: 9n })
  t.regex(refused({ errno: 34, ack: { policy: { maxLength: 15 } } }).message, /0 to 15 bytes/)
  t.regex(refused({ errno: 22, ack: { policy: { mask: 255n } } }).message, /0xff/)
})

test('an error message is decoded with the request’s payload, and without', (t) => {
  const head = 'efffffff' + '2400000010000506070000000b000000'
  const words = `0c000100${Buffer.from('no way\0\0').toString('hex')}`
  const capped = Buffer.from(head + words, 'hex')
  const read = decodeError(viewOf(capped), 0, capped.length, 0x300)
  t.is(read.errno, 17)
  t.is(read.request.sequence, 7)
  t.is(read.ack.msg, 'no way')
  const whole = Buffer.from(head + '00'.repeat(20) + words, 'hex')
  t.is(decodeError(viewOf(whole), 0, whole.length, 0x200).ack.msg, 'no way')
  t.throws(() => decodeError(viewOf(capped), 0, 12, 0), { instanceOf: DecodeError })
})

test('error numbers have names and texts, those internal to the kernel and unknown ones too', (t) => {
  t.is(errnoName(17), 'EEXIST')
  t.is(errnoName(95), 'EOPNOTSUPP')
  t.is(errnoName(524), 'ENOTSUPP')
  t.is(errnoName(4000), 'E4000')
  t.is(describeErrno(101), 'Network is unreachable')
})
