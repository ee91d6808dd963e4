import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import test, { type ImplementationFn, type TestFn } from 'ava'
import { type LinkSpec, Netns, RtNetlink, SystemError } from '../../lib/index.js'
import { stockEnv } from './stock-env.js'

export { stockEnv }

/**
 * A `test` that is skipped when something is missing. Its title then names what is missing, so that the output of a run
 * names and counts the skipped tests.
 */
export function testUnless(missing: string | undefined): (title: string, body: ImplementationFn<[]>) => void {
  // Serial, because tests count the open files of their process. Test files run in parallel processes.
  if (missing === undefined) return (title, body) => (test as TestFn).serial(title, body)
  return (title) => test.skip(`${title} (skipped: ${missing})`, (t) => t.fail())
}

function privilege(): string | undefined {
  try {
    Netns.create().close()
    return undefined
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EPERM') return 'needs root'
    throw error
  }
}

const unprivileged = privilege()

/** A test that needs root, or a user namespace. */
export const kernelTest = testUnless(unprivileged)

/** The user nobody, by its usual id. */
export const NOBODY = 65534

/**
 * A user namespace of `unshare -Ur` maps a single user id, so that setuid(2) to another is EINVAL. user_namespaces(7)
 */
function hasUser(id: number): boolean {
  const ranges = readFileSync('/proc/self/uid_map', 'utf8').trim().split('\n')
  return ranges.some((line) => {
    const [first = 0, , count = 0] = line.trim().split(/\s+/).map(Number)
    return id >= first && id < first + count
  })
}

/** A test that needs root, and to become another user. */
export const userTest = testUnless(
  unprivileged ?? (hasUser(NOBODY) ? undefined : `user ${NOBODY} does not exist in this user namespace`),
)

/** A test that needs root, and system programs to compare with. */
export function toolTest(...programs: string[]) {
  const missing = programs.filter((program) => spawnSync('which', [program], { env: stockEnv }).status !== 0)
  return testUnless(unprivileged ?? (missing.length > 0 ? `${missing.join(', ')} not installed` : undefined))
}

/** A test that makes tun and tap links with ip(8). */
export const tunTest = existsSync('/dev/net/tun')
  ? toolTest('ip')
  : testUnless('this machine has no /dev/net/tun')

/** The version of a system program: `6.1.0`. */
export function versionOf(program: string, option: string): string | undefined {
  return /\d+(\.\d+)+/.exec(
    spawnSync(program, [option], { encoding: 'utf8', env: stockEnv }).stdout ?? '',
  )?.[0]
}

/**
 * A test that compares with the texts or messages of one version of a system program; others write and send some of them
 * in another way.
 */
export function versionTest(wanted: string, version: string | undefined, ...programs: string[]) {
  if (version === undefined || version === wanted) return toolTest(...programs)
  return testUnless(`compares with ${programs[0]} ${wanted}, this is ${version}`)
}

/**
 * A test that needs the kernel to support a kind of link. In `spec`, `under` is the name of a veth link to build on.
 */
export async function kindTest(spec: LinkSpec) {
  return testUnless(unprivileged ?? (await missingKind(spec)))
}

async function missingKind(spec: LinkSpec): Promise<string | undefined> {
  using netns = Netns.create()
  await using net = await RtNetlink.open({ netns })
  await net.links.add({ kind: 'veth', name: 'under', peer: { name: 'other' } })
  try {
    await net.links.add(spec)
    return undefined
  } catch (error) {
    if ((error as { code?: string }).code !== 'EOPNOTSUPP') throw error
    const { data } = spec as { readonly data?: object }
    return `this kernel has no ${spec.kind} links${data ? ` with ${Object.keys(data).join()}` : ''}`
  }
}
