/**
 * The benchmark: the same work by this library, by C that does the least, by ip(8) and by pyroute2, in turn, in fresh
 * namespaces, several times; medians, and ratios to the C. `npm run bench -- [--rounds 5] [--only WORD] [--markdown]`, as root.
 * Peers that are not installed are left out.
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
  /** Memory that came with the work, MiB. */
  growth?: number
  seen?: string
}

type Runner = (work: Work, netns: Netns) => Measured | undefined

interface Work {
  readonly title: string
  /** The work of C and of pyroute2. */
  readonly name: string
  /** Ours, in each of its ways. */
  readonly ours: Readonly<Record<string, string>>
  readonly n: number
  /** What pyroute2 does of it: as much as one waits for; its time is multiplied. */
  readonly less?: number
  /** Lines for `ip -batch`, or the arguments of `ip`. */
  readonly batch?: (i: number) => string[]
  readonly ip?: readonly string[]
  /** What is there beforehand; a listing leaves it for the next. */
  readonly before?: (net: RtNetlink, netns: Netns) => Promise<unknown>
  readonly listing?: boolean
  readonly peers?: readonly string[]
}

const address = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
const here = fileURLToPath(new URL('.', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'rtnetlink-bench-'))
const floor = join(scratch, 'floor')
const elsewhere = Netns.create()
const elsewherePath = `/proc/${process.pid}/fd/${elsewhere.fd}`

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
  runners['C'] = ({ name, n }, netns) => measured(inside(netns, floor, [name, String(n), elsewherePath]))
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
      inside(netns, '/usr/bin/python3', ['tests/bench/peer.py', name, String(less), elsewherePath]),
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
        way === 'watch' ? floor : elsewherePath,
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
  { title: 'watch 100,000 routes come', name: 'watch', ours: { events: 'watch' }, n: 100_000, peers: [] },
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
