/** Messages that a test cannot make the kernel send, over a fake one. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import test from 'ava'
import type { ObjectName, WatchEvent } from '../../../../lib/index.js'
import { dump, FakeKernel, message, openFake } from '../../../../lib/testing/index.js'
import {
  type LinkMessageInput,
  linkMessage,
  messageFlag,
  rtm,
  rtnlgrp,
  Writer,
} from '../../../../protocol/index.js'

const link: LinkMessageInput = {
  family: 'unspec',
  type: 1,
  index: 2,
  flags: ['up'],
  ifname: 'wlan0',
  mtu: 1500,
  address: '02:00:00:00:00:01',
  linkinfo: { kind: 'dummy' },
  afSpec: { inet: {} },
} as LinkMessageInput

function encoded(value: LinkMessageInput): Uint8Array {
  const out = new Writer()
  linkMessage.encode(out, value, {})
  return out.written().slice()
}

async function watched(t: ExecutionContext<unknown>, state: { listing: readonly LinkMessageInput[] }) {
  let listings = 0
  const kernel = new FakeKernel((request) => {
    if (request.type !== rtm.getlink) return []
    // A listing that asks for a master waits for the kernel only.
    if (linkMessage.decode(new DataView(request.payload.buffer), 0, request.payload.length, {}).master) {
      return dump(request, rtm.newlink, [])
    }
    listings++
    return dump(request, rtm.newlink, state.listing, linkMessage)
  })
  const net = openFake(kernel)
  const events: WatchEvent<ObjectName>[] = []
  const stop = new AbortController()
  const ended = (async () => {
    for await (const event of net.watch(['link'], { signal: stop.signal })) events.push(event)
  })().catch((error) => error)
  t.teardown(async () => {
    stop.abort()
    await ended
    net.close()
  })
  while (!events.some(({ type }) => type === 'synced')) await sleep(1)
  const socket = kernel.sockets.find(({ groups }) => groups.includes(rtnlgrp.link))
  events.length = 0
  return {
    events,
    listings: () => listings,
    tell: (type: number, value: LinkMessageInput) => socket?.deliver(message(type, 0, 0, encoded(value))),
    raw: (type: number, payload: Uint8Array, flags = 0) => socket?.deliver(message(type, flags, 0, payload)),
  }
}

for (const [title, partial] of Object.entries({
  'an event of a wireless driver': {
    family: 'unspec',
    type: 1,
    index: 2,
    flags: ['up'],
    ifname: 'wlan0',
    unknown: [{ type: 11, data: Uint8Array.of(1, 2, 3, 4) }],
  },
  'a message without the kind': { ...link, linkinfo: undefined },
  'a message without the settings of families': { ...link, afSpec: undefined },
  'a message of a port, of family bridge': {
    ...link,
    family: 'bridge',
    linkinfo: undefined,
    afSpec: undefined,
  },
})) {
  test(`${title} wipes no members, and what it may mean is read anew`, async (t) => {
    const state = { listing: [link] }
    const { events, listings, tell } = await watched(t, state)
    const before = listings()
    tell(rtm.newlink, partial as LinkMessageInput)
    while (listings() === before) await sleep(1)
    await sleep(5)
    t.deepEqual(events, [])
    state.listing = [{ ...link, mtu: 1400 }]
    tell(rtm.newlink, partial as LinkMessageInput)
    while (events.length === 0) await sleep(1)
    t.like(events[0], { type: 'changed', difference: { mtu: 1400 }, value: { kind: 'dummy', name: 'wlan0' } })
  })
}

test('a removal of what is not known has the listing read anew', async (t) => {
  const state = { listing: [link] }
  const { events, listings, tell } = await watched(t, state)
  const before = listings()
  tell(rtm.dellink, { ...link, index: 9 })
  while (listings() === before) await sleep(1)
  t.deepEqual(events, [])
})

test('messages of other types, of other senders and without a body are not followed', async (t) => {
  const { events, raw } = await watched(t, { listing: [link] })
  raw(rtm.newlink, new Uint8Array(0))
  raw(999, encoded(link))
  raw(rtm.newlink, encoded(link), messageFlag.multi)
  await sleep(20)
  t.deepEqual(events, [])
})
