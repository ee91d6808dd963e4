/** What is said where the kernel has no nf_tables: run before anything loads the module (tests/vm/inside.sh). */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connectOut, Netns, Nftables, NftablesMissingError, RtNetlink } from '../../lib/index.js'

assert.doesNotMatch(readFileSync('/proc/modules', 'utf8'), /^nf_tables /m)
await assert.rejects(Nftables.open(), NftablesMissingError)
using netns = Netns.create()
await using net = await RtNetlink.open()
const before = await net.links.list()
await assert.rejects(connectOut(netns), NftablesMissingError)
assert.equal((await net.links.list()).length, before.length)
console.log('without nf_tables: said, and nothing was left')
