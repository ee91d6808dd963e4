import test from 'ava'
import fc from 'fast-check'
import {
  beginMessage,
  endMessage,
  errno,
  errnoName,
  errnos,
  MessageCursor,
  Writer,
} from '../../../protocol/index.js'

test('the cursor visits each message with its header and its payload', (t) => {
  const message = fc.record({
    type: fc.nat(0xffff),
    flags: fc.nat(0xffff),
    sequence: fc.nat(0xffffffff),
    length: fc.nat(40),
  })
  fc.assert(
    fc.property(fc.array(message, { maxLength: 20 }), (messages) => {
      const out = new Writer()
      const written = messages.map((one) => {
        const start = beginMessage(out, one.type, one.flags, one.sequence)
        out.zeros(one.length)
        endMessage(out, start)
        return { ...one, start }
      })
      const cursor = new MessageCursor().begin(out.view, out.at)
      const read = []
      while (cursor.next()) {
        const { type, flags, sequence, payloadLength, start } = cursor
        read.push({ type, flags, sequence, length: payloadLength, start })
      }
      return JSON.stringify(read) === JSON.stringify(written)
    }),
    { numRuns: 200, seed: 5 },
  )
  t.pass()
})

test('the cursor ends within the datagram even if lengths are wrong', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const cursor = new MessageCursor().begin(
        new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
        bytes.length,
      )
      let count = 0
      while (cursor.next()) {
        if (cursor.payload + cursor.payloadLength > bytes.length || ++count > 13) return false
      }
      return true
    }),
    { numRuns: 1000, seed: 6 },
  )
  t.false(new MessageCursor().next())
})

test('error numbers are available by name', (t) => {
  t.is(errno.EINTR, 4)
  for (const [name, [number]] of Object.entries(errnos)) t.is(errnoName(number), name)
})
