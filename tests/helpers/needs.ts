import { spawnSync } from 'node:child_process'
import test, { type ImplementationFn, type TestFn } from 'ava'
import { type LinkSpec, Netns, RtNetlink, SystemError } from '../../lib/index.js'

/**
 * A `test` that runs where nothing is missing; where something is, it is skipped under a title that says what, so
 * that a run names and counts what it left out.
 */
export function testUnless(missing: string | undefined): (title: string, body: ImplementationFn<[]>) => void {
  // One after the other: open files and names are the whole process's. Files of tests run beside each other.
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

/** For what needs root, or a user namespace of one's own. */
export const kernelTest = testUnless(unprivileged)

/** The environment of stock programs: npm puts packages' programs before them, and one of those is called `nft`. */
export const stockEnv: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: (process.env['PATH'] ?? '')
    .split(':')
    .filter((folder) => !folder.includes('node_modules'))
    .join(':'),
}

/** For what also needs stock programs to compare with. */
export function toolTest(...programs: string[]) {
  const missing = programs.filter((program) => spawnSync('which', [program], { env: stockEnv }).status !== 0)
  return testUnless(unprivileged ?? (missing.length > 0 ? `${missing.join(', ')} not installed` : undefined))
}

/** For what needs the kernel to have a kind of link, with these settings; `under` is a link to put it on. */
export async function kindTest(spec: LinkSpec) {
  return testUnless(unprivileged ?? (await lacksKind(spec)))
}

async function lacksKind(spec: LinkSpec): Promise<string | undefined> {
  using netns = Netns.create()
  await using net = await RtNetlink.open({ netns })
  await net.links.add({ kind: 'veth', name: 'under', peer: { name: 'other' } })
  try {
    await net.links.add(spec)
    return undefined
  } catch (error) {
    if ((error as { code?: string }).code === 'EOPNOTSUPP') return `this kernel has no ${spec.kind} links`
    throw error
  }
}
