/** Checks the errors of a kernel without nf_tables. Has to run before the module is loaded: see tests/vm/inside.sh. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connectUplink, Netns, Nftables, NftablesMissingError, RtNetlink } from '../../lib/index.js'

assert.doesNotMatch(readFileSync('/proc/modules', 'utf8'), /^nf_tables /m)
await assert.rejects(Nftables.open(), NftablesMissingError)
using netns = Netns.create()
await using net = await RtNetlink.open()
const before = await net.links.list()
await assert.rejects(connectUplink(netns), NftablesMissingError)
assert.equal((await net.links.list()).length, before.length)
console.log('without nf_tables: NftablesMissingError, and nothing was left behind')
