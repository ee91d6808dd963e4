/**
 * Tests a program without a kernel. It needs no root: `node dist/examples/fake-kernel.js`
 *
 * Shows: `rtnetlink/testing`, a fake kernel that answers as the test defines, refuses, lists, and records each request.
 */
import assert from 'node:assert/strict'
import { isNetlinkError, type RtNetlink } from 'rtnetlink'
import { addressMessage, linkMessage, rtm, viewOf } from 'rtnetlink/protocol'
import { acknowledgeIfAsked, dump, FakeKernel, openFake, refuse } from 'rtnetlink/testing'

/** The program under test: gives each bridge an address, and skips those that have it. */
async function numberBridges(net: RtNetlink): Promise<string[]> {
  const numbered: string[] = []
  for (const [i, { name, index }] of (await net.links.list({ kind: 'bridge' })).entries()) {
    try {
      await net.addresses.add({ link: index, address: `10.0.${i}.1/24` })
      numbered.push(name)
    } catch (error) {
      if (!isNetlinkError(error, 'EEXIST')) throw error
    }
  }
  return numbered
}

const bridge = { family: 'unspec', linkinfo: { kind: 'bridge' } } as const
const kernel = new FakeKernel((request) => {
  if (request.type === rtm.getlink) {
    const links = [
      { ...bridge, index: 2, ifname: 'br0' },
      { ...bridge, index: 3, ifname: 'br1' },
    ]
    return dump(request, rtm.newlink, links, linkMessage)
  }
  return addressOf(request.payload) === '10.0.1.1' ? [refuse(request, 'EEXIST')] : acknowledgeIfAsked(request)
})

function addressOf(payload: Uint8Array): string | undefined {
  return addressMessage.decode(viewOf(payload), 0, payload.length, {}).local
}

await using net = openFake(kernel)
assert.deepEqual(await numberBridges(net), ['br0'])
const sent = kernel.requests
  .filter(({ type }) => type === rtm.newaddr)
  .map(({ payload }) => addressOf(payload))
console.log(`requested: ${sent.join(', ')}; br0 was numbered, br1 had its address already`)
