import test from 'ava'
import { ArgumentError, LinkNotFoundError, SystemError } from '../../lib/index.js'
import {
  existingLinkIndex,
  fitsInterfaceRequest,
  type LinkLookup,
  linkIndexOf,
} from '../../lib/link-reference.js'
import { errno } from '../../protocol/index.js'

const answering = (index: number): LinkLookup => ({
  linkIndex: () => index,
  hasLink: () => index !== -errno.ENODEV,
})

test('only ENODEV means that a link is missing: other failures are SystemErrors of their own', (t) => {
  for (const code of ['EBADF', 'EPERM', 'ENOMEM', 'EAGAIN'] as const) {
    for (const resolve of [linkIndexOf, existingLinkIndex]) {
      t.throws(() => resolve(answering(-errno[code]), 'd0', 'oif'), {
        instanceOf: SystemError,
        code,
        message: new RegExp(`^ioctl SIOCGIFINDEX d0: ${code}: `),
      })
    }
  }
  t.throws(() => linkIndexOf(answering(-errno.ENODEV), 'd0', 'oif'), {
    instanceOf: LinkNotFoundError,
    message: 'oif: ENODEV: no link has the name "d0" in this network namespace',
  })
  t.throws(() => existingLinkIndex(answering(-errno.ENODEV), 7, 'oif'), { instanceOf: LinkNotFoundError })
  t.is(existingLinkIndex(answering(-errno.EBADF), 7, 'oif'), 7)
})

test('a name that no link can have is a wrong argument, unless it is an alternative name', (t) => {
  for (const name of ['a/b', 'a:b', 'a b', '.', '..']) {
    t.throws(() => linkIndexOf(answering(-errno.ENODEV), name, 'link'), {
      instanceOf: ArgumentError,
      message:
        /^link must be the name of a link: 1 to 15 bytes .*; or an alternative name of up to 127 bytes, got /,
    })
    t.is(linkIndexOf(answering(7), name, 'link'), 7)
  }
})

test('what cannot be a name at all is not looked up', (t) => {
  const lookup: LinkLookup = { linkIndex: () => t.fail() as never, hasLink: () => t.fail() as never }
  for (const name of ['', 'd0\0', 'x'.repeat(128), '漢'.repeat(43), '\ud800', null, undefined, {}, true]) {
    t.throws(() => linkIndexOf(lookup, name as string, 'link'), { instanceOf: ArgumentError })
  }
})

test('names of more than 15 bytes and names with a colon do not fit an ioctl', (t) => {
  for (const name of ['d0', 'x'.repeat(15), 'äääääää', '\udcff'.repeat(15)])
    t.true(fitsInterfaceRequest(name))
  for (const name of ['x'.repeat(16), 'ääääääää', 'd0:', ':']) t.false(fitsInterfaceRequest(name))
})
