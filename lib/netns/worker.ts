import { Worker, type WorkerOptions } from 'node:worker_threads'

/** Options of Node's that load something before a program: what a worker takes over. node(1) */
const PRELOADING = ['--import', '--require', '-r', '--loader', '--experimental-loader', '--conditions', '-C']

/** Those of a command line, each with its value; others (`-e`, V8's) a worker refuses. */
export function preloadsOf(execArgv: readonly string[]): string[] {
  return execArgv.flatMap((option, i) => {
    if (PRELOADING.includes(option)) return [option, execArgv[i + 1] ?? '']
    return PRELOADING.some((known) => option.startsWith(`${known}=`)) ? [option] : []
  })
}

/** A worker born where the calling thread is, which looks host names up there. */
export function bornHere(name: string | undefined, url: string | URL, options: WorkerOptions): Worker {
  const lookup = new URL('./lookup-inside.js', import.meta.url)
  if (name !== undefined) lookup.searchParams.set('name', name)
  const execArgv = ['--import', lookup.href, ...(options.execArgv ?? preloadsOf(process.execArgv))]
  return new Worker(url, { ...options, execArgv })
}
