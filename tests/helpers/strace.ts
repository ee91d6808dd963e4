import { spawnSync } from 'node:child_process'

/** A netlink message that a program sent. */
export interface Sent {
  readonly type: number
  readonly flags: number
  readonly payload: Uint8Array
}

const FLAG_NAMES: Record<string, number> = {
  NLM_F_REQUEST: 1,
  NLM_F_MULTI: 2,
  NLM_F_ACK: 4,
  NLM_F_ECHO: 8,
  NLM_F_ROOT: 0x100,
  NLM_F_MATCH: 0x200,
  NLM_F_DUMP: 0x300,
}
const MESSAGE =
  /\{nlmsg_len=\d+, nlmsg_type=(\w+)[^,]*, nlmsg_flags=([^,]+), nlmsg_seq=\w+, nlmsg_pid=-?\w+\}, "((?:\\x[0-9a-f]{2})*)"/g

/**
 * The netlink messages that a stock tool sends, recorded by strace(1).
 * @throws Error when the tool fails
 */
export function sentBy(command: string, ...args: readonly string[]): Sent[] {
  const run = spawnSync(
    'strace',
    ['-e', 'trace=sendmsg,sendto', '-e', 'signal=none', '-xx', '-s', '65536', '-v', command, ...args],
    { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } },
  )
  if (run.status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${run.stderr.split('\n').slice(-4).join(' ')}`)
  return [...run.stderr.matchAll(MESSAGE)].map(([, type, flags, payload]) => ({
    type: Number(type),
    flags: (flags ?? '').split('|').reduce((sum, flag) => sum | (FLAG_NAMES[flag] ?? Number(flag)), 0),
    payload: Buffer.from((payload ?? '').replaceAll('\\x', ''), 'hex'),
  }))
}

/** The programs that a command runs, itself included: as execve(2) has it, in it and all its children. */
export function executedBy(
  command: string,
  ...args: readonly string[]
): { programs: string[]; output: string; status: number | null } {
  const run = spawnSync(
    'strace',
    ['-f', '-qq', '-e', 'trace=execve', '-e', 'signal=none', command, ...args],
    {
      encoding: 'utf8',
    },
  )
  const programs = [...run.stderr.matchAll(/execve\("([^"]+)".*\) = 0/g)].map((match) => match[1] ?? '')
  return { programs, output: run.stdout, status: run.status }
}
