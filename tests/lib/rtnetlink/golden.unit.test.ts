import { readFileSync } from 'node:fs'
import test from 'ava'
import { ATTRIBUTE_HEADER_SIZE, AttributeWalk } from '../../../protocol/codec/walk.js'
import { type AnyCodec, align, viewOf, Writer } from '../../../protocol/index.js'
import { type Golden, PAIRS } from '../../helpers/requests.js'
import { ourRequest } from '../../helpers/stage.js'

const golden = JSON.parse(readFileSync('tests/data/sent-by-ip.json', 'utf8')) as Golden[]

test('every request of the table has its recording', (t) => {
  t.deepEqual(
    golden.map(({ ip }) => ip),
    PAIRS.map(({ ip }) => ip),
  )
})

for (const pair of PAIRS) {
  const stock = golden.find(({ ip }) => ip === pair.ip)
  if (stock === undefined) continue
  const bytes = Buffer.from(stock.payload, 'hex')

  test(`says what ip(8) says: ${pair.ip}`, (t) => {
    const { request, flags } = ourRequest(pair)
    const out = new Writer()
    request.codec.encode(out, request.value as never, {})
    const theirs = { ...(request.codec.decode(viewOf(bytes), 0, bytes.length, {}) as object) }
    t.is(request.type, stock.type)
    t.is(flags, stock.flags)
    const own = { ...(request.codec.decode(out.view, 0, out.at, {}) as object) }
    if (pair.except) for (const value of [own, theirs]) delete value[pair.except as never]
    t.deepEqual(own, theirs)
  })

  test(`reads ip(8)'s bytes and writes the same: ${pair.ip}`, (t) => {
    const codec = ourRequest(pair).request.codec as MessageCodec
    const out = new Writer()
    codec.encode(out, codec.decode(viewOf(bytes), 0, bytes.length, {}) as never, {})
    t.deepEqual(parts(out.written(), codec.header.size), parts(bytes, codec.header.size))
  })
}

type MessageCodec = AnyCodec & { header: { size: number } }

/**
 * A message's header and its attributes, in the order of their numbers, which the kernel does not heed. Nests carry
 * NLA_F_NESTED here, which newer parsers of the kernel insist on and all others mask; ip(8) sets it on some only.
 */
function parts(message: Uint8Array, headerSize: number): string[] {
  const view = viewOf(message)
  const header = align(headerSize)
  const list: string[] = []
  const walk = new AttributeWalk(view, header, message.length - header)
  while (walk.next()) {
    list.push(withoutNestedBits(message.slice(walk.at - ATTRIBUTE_HEADER_SIZE, walk.at + walk.length)))
  }
  return [Buffer.from(message.slice(0, header)).toString('hex'), ...list.sort()]
}

/** The bit is the highest of the fourth byte of an attribute's header; no payload here looks like that by chance. */
function withoutNestedBits(attribute: Uint8Array): string {
  const view = viewOf(attribute)
  for (let at = 0; at + 4 <= attribute.length; at += 4) {
    const size = view.getUint16(at, true)
    if (size >= 4 && at + size <= attribute.length) attribute[at + 3] = (attribute[at + 3] ?? 0) & 0x7f
  }
  return Buffer.from(attribute).toString('hex')
}
