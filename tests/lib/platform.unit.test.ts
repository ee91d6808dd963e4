import { execFileSync } from 'node:child_process'
import test from 'ava'

const library = JSON.stringify(new URL('../../lib/index.js', import.meta.url).href)

test('on another platform the library can be imported, and opening is a typed error', (t) => {
  const script = `
    Object.defineProperty(process, 'platform', { value: 'darwin' })
    const { isUnsupportedPlatformError, RtNetlink, RtnetlinkError } = await import(${library})
    const error = await RtNetlink.open().catch((error) => error)
    console.log(isUnsupportedPlatformError(error), error instanceof RtnetlinkError, error.code, error.message)`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  t.regex(output, /^true true ERR_NETLINK_PLATFORM rtnetlink needs Linux .*; this is darwin on /)
})
