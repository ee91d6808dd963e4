/**
 * The benchmark: the same work by this library, minimal C, ip(8) and pyroute2, taking turns in new namespaces. Prints
 * medians and ratios to C. Run it as root: `npm run bench -- [--rounds 5] [--only TITLE] [--markdown]`. Peers that
 * are not installed are skipped.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Netns, RtNetlink } from '../../lib/index.js'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    markdown: { type: 'boolean', default: false },
  },
})

interface Measured {
  ms: number
  count: number
  /** By how much the resident memory grew during the work, MiB. */
  growth?: number
  seen?: string
}

type Runner = (work: Work, netns: Netns) => Measured | undefined

interface Work {
  readonly title: string
  /** What the C program and pyroute2 call the work. */
  readonly name: string
  /** This library's variants, by label. */
  readonly ours: Readonly<Record<string, string>>
  readonly n: number
  /** How many pyroute2 does, where `n` would take too long; its time is scaled up. */
  readonly less?: number
  /** Lines for `ip -batch`, or the arguments of `ip`. */
  readonly batch?: (i: number) => string[]
  readonly ip?: readonly string[]
  /** Prepares the namespace. */
  readonly before?: (net: RtNetlink, netns: Netns) => Promise<unknown>
  /** The work changes nothing, so that all peers share one namespace. */
  readonly listing?: boolean
  readonly peers?: readonly string[]
}

const address = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
const here = fileURLToPath(new URL('.', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'rtnetlink-bench-'))
const floor = join(scratch, 'floor')
const otherNetns = Netns.create()
const otherPath = `/proc/${process.pid}/fd/${otherNetns.fd}`

function inside(netns: Netns, command: string, args: readonly string[]): string | undefined {
  const run = netns.run(() => spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 30 }))
  if (run.error || run.status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${run.error ?? run.stderr.slice(0, 500)}`)
  return run.stdout
}

const measured = (output: string | undefined) =>
  JSON.parse(output?.trim().split('\n').at(-1) ?? '') as Measured
const has = (command: string, ...args: string[]) => spawnSync(command, args).status === 0

const runners: Record<string, Runner> = {}
if (has('cc', '--version')) {
  const built = spawnSync('cc', ['-O2', '-o', floor, 'tests/bench/floor.c'], { encoding: 'utf8' })
  if (built.status !== 0) throw new Error(built.stderr)
  runners['C'] = ({ name, n }, netns) => measured(inside(netns, floor, [name, String(n), otherPath]))
}
if (has('ip', '-V')) {
  runners['ip'] = ({ batch, ip, n }, netns) => {
    if (batch === undefined && ip === undefined) return undefined
    const file = join(scratch, 'batch')
    if (batch) writeFileSync(file, Array.from({ length: n }, (_, i) => batch(i).join('\n')).join('\n'))
    const args = ip ?? ['-batch', file]
    const began = performance.now()
    inside(netns, 'ip', args)
    return { ms: performance.now() - began, count: n }
  }
}
if (has('/usr/bin/python3', '-c', 'import pyroute2')) {
  runners['pyroute2'] = ({ name, n, less = n }, netns) => {
    const result = measured(
      inside(netns, '/usr/bin/python3', ['tests/bench/peer.py', name, String(less), otherPath]),
    )
    return { ...result, ms: (result.ms * n) / less }
  }
}

const ours =
  (way: string): Runner =>
  ({ n }, netns) =>
    measured(
      inside(netns, process.execPath, [
        join(here, 'ours.js'),
        way,
        String(n),
        way === 'watch' ? floor : otherPath,
      ]),
    )

const withRoutes = (count: number) => (_: RtNetlink, netns: Netns) =>
  Promise.resolve(inside(netns, floor, ['addRoutes', String(count)]))

const works: Work[] = [
  {
    title: 'add 100,000 routes',
    name: 'addRoutes',
    ours: { promises: 'addRoutes', bulk: 'addRoutesBulk' },
    n: 100_000,
    less: 5000,
    batch: (i) => [`route add ${address(i)}/32 dev lo`],
  },
  {
    title: 'list 100,000 routes',
    name: 'dumpRoutes',
    ours: { array: 'dumpRoutes', stream: 'dumpRoutesStream', batches: 'dumpRoutesBatches' },
    n: 100_000,
    ip: ['-4', '-j', 'route', 'show', 'table', 'all'],
    before: withRoutes(100_000),
    listing: true,
  },
  {
    title: 'list 1,000,000 routes',
    name: 'dumpRoutes',
    ours: { array: 'dumpRoutes', stream: 'dumpRoutesStream', batches: 'dumpRoutesBatches' },
    n: 1_000_000,
    ip: ['-4', '-j', 'route', 'show', 'table', 'all'],
    before: withRoutes(1_000_000),
    listing: true,
    peers: ['C', 'ip'],
  },
  {
    title: 'list 1,001 links (500 veth pairs)',
    name: 'dumpLinks',
    ours: { array: 'dumpLinks' },
    n: 1001,
    ip: ['-j', '-d', 'link', 'show'],
    before: (net) => net.links.addAll(Array.from({ length: 500 }, () => ({ kind: 'veth' }) as const)),
    listing: true,
  },
  {
    title: 'add 10,000 addresses',
    name: 'addAddresses',
    ours: { bulk: 'addAddresses' },
    n: 10_000,
    batch: (i) => [`addr add ${address(i)}/32 dev lo`],
  },
  {
    title: 'get one link 20,000 times',
    name: 'getLinks',
    ours: { await: 'getLinks' },
    n: 20_000,
    less: 2000,
    batch: () => ['link show lo'],
    listing: true,
  },
  {
    title: '500 veth pairs to another namespace, up, addressed, deleted',
    name: 'pairs',
    ours: { promises: 'pairs' },
    n: 500,
  },
  {
    title: 'watch 100,000 routes being added',
    name: 'watch',
    ours: { events: 'watch' },
    n: 100_000,
    peers: [],
  },
  {
    title: 'watch 1,000,000 routes until synced',
    name: 'dumpRoutes',
    ours: { events: 'watchMany', 'array, not watched': 'dumpRoutes' },
    n: 1_000_000,
    ip: ['-4', '-j', 'route', 'show', 'table', 'all'],
    before: withRoutes(1_000_000),
    listing: true,
    peers: ['C', 'ip'],
  },
  {
    title: 'delete 200 veth pairs while 200,000 routes are streamed',
    name: 'loop',
    ours: { both: 'loop' },
    n: 200_000,
    before: withRoutes(200_000),
    peers: [],
  },
]

async function stage(work: Work): Promise<Netns> {
  const netns = Netns.create()
  const net = await RtNetlink.open({ netns })
  await net.links.set('lo', { up: true })
  await work.before?.(net, netns)
  net.close()
  return netns
}

const median = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN

interface Row {
  who: string
  ms: number
  ratio: number
  growth: number
  seen: string
}

async function run(work: Work): Promise<Row[]> {
  const peers = work.peers ?? Object.keys(runners)
  const all: [string, Runner][] = [
    ...Object.entries(runners).filter(([who]) => peers.includes(who)),
    ...Object.entries(work.ours).map(([way, name]): [string, Runner] => [`rtnetlink, ${way}`, ours(name)]),
  ]
  const results = new Map<string, Measured[]>(all.map(([who]) => [who, []]))
  const shared = work.listing ? await stage(work) : undefined
  const rounds = work.n >= 1_000_000 ? Math.min(3, Number(values.rounds)) : Number(values.rounds)
  for (let round = 0; round < rounds; round++) {
    for (const [who, runner] of all) {
      const netns = shared ?? (await stage(work))
      try {
        const result = runner(work, netns)
        if (result) results.get(who)?.push(result)
      } finally {
        if (!shared) netns.close()
      }
    }
  }
  shared?.close()
  const floorMs = median((results.get('C') ?? []).map(({ ms }) => ms))
  return [...results]
    .filter(([, list]) => list.length > 0)
    .map(([who, list]) => {
      const ms = median(list.map((one) => one.ms))
      return {
        who,
        ms,
        ratio: ms / floorMs,
        growth: median(list.flatMap(({ growth }) => growth ?? [])),
        seen: list.flatMap(({ seen }) => seen ?? []).at(Math.floor(list.length / 2)) ?? '',
      }
    })
}

function print(title: string, rows: readonly Row[]): void {
  if (!values.markdown) console.log(`\n${title}`)
  for (const [i, { who, ms, ratio, growth, seen }] of rows.entries()) {
    const cells = [
      ms >= 100 ? ms.toFixed(0) : ms.toFixed(1),
      Number.isNaN(ratio) ? '' : `${ratio.toFixed(2)}×`,
      Number.isNaN(growth) ? '' : `${growth.toFixed(0)}`,
    ]
    if (values.markdown) console.log(`| ${[i === 0 ? title : '', who, ...cells, seen].join(' | ')} |`)
    else
      console.log(
        `  ${who.padEnd(22)}${(cells[0] ?? '').padStart(9)} ms ${(cells[1] ?? '').padStart(8)} ${cells[2] ? `+${cells[2]} MiB` : ''} ${seen}`,
      )
  }
}

try {
  const kernel = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim()
  console.log(
    `Linux ${kernel}, Node ${process.version}, ${Object.keys(runners).join(', ')}; medians of ${values.rounds}`,
  )
  if (values.markdown) console.log('\n| work | by | ms | to C | memory, MiB | |\n|---|---|--:|--:|--:|---|')
  for (const work of works) {
    if (values.only && !work.title.includes(values.only)) continue
    print(work.title, await run(work))
  }
} finally {
  rmSync(scratch, { recursive: true })
}
