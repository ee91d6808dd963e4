import { createRequire } from 'node:module'
import { endianness } from 'node:os'
import type koffi from 'koffi'
import type { KoffiFunc } from 'koffi'
import { UnsupportedPlatformError } from '../errors.js'

/** Memory that a C function reads or writes. */
export type Memory = Uint8Array | Uint32Array | Int32Array | null

/**
 * The functions of the C library that this package uses. On failure they return -1 and set errno, unless their manual
 * page differs.
 */
export interface Libc {
  getpid: KoffiFunc<() => number>
  syscall: KoffiFunc<(number: number, first: number, second: number, third: number) => number>
  open: KoffiFunc<(path: Memory, flags: number, mode: number) => number>
  close: KoffiFunc<(fd: number) => number>
  dup3: KoffiFunc<(from: number, to: number, flags: number) => number>
  fcntl: KoffiFunc<(fd: number, command: number, argument: number) => number>
  ioctl: KoffiFunc<(fd: number, request: number, argument: Memory) => number>
  poll: KoffiFunc<(entries: Memory, count: number, timeout: number) => number>
  socket: KoffiFunc<(domain: number, type: number, protocol: number) => number>
  bind: KoffiFunc<(fd: number, address: Memory, length: number) => number>
  connect: KoffiFunc<(fd: number, address: Memory, length: number) => number>
  listen: KoffiFunc<(fd: number, backlog: number) => number>
  getsockname: KoffiFunc<(fd: number, address: Memory, length: Memory) => number>
  setsockopt: KoffiFunc<(fd: number, level: number, name: number, value: Memory, length: number) => number>
  getsockopt: KoffiFunc<(fd: number, level: number, name: number, value: Memory, length: Memory) => number>
  send: KoffiFunc<(fd: number, data: Memory, length: number, flags: number) => number>
  recvfrom: KoffiFunc<
    (fd: number, into: Memory, length: number, flags: number, from: Memory, fromLength: Memory) => number
  >
  recvmsg: KoffiFunc<(fd: number, header: MessageHeader, flags: number) => number>
  recvmmsg: KoffiFunc<(fd: number, headers: unknown, count: number, flags: number, timeout: null) => number>
  calloc: KoffiFunc<(count: number, size: number) => unknown>
  free: KoffiFunc<(memory: unknown) => void>
  setns: KoffiFunc<(fd: number, type: number) => number>
  unshare: KoffiFunc<(flags: number) => number>
  mount: KoffiFunc<(source: Memory, target: Memory, type: Memory, flags: number, data: null) => number>
  umount2: KoffiFunc<(target: Memory, flags: number) => number>
  flock: KoffiFunc<(fd: number, operation: number) => number>
  signal: KoffiFunc<(signal: number, handler: null) => unknown>
  sigprocmask: KoffiFunc<(how: number, set: Memory, old: Memory) => number>
  execvpe: KoffiFunc<
    (file: string, argv: readonly (string | null)[], envp: readonly (string | null)[]) => number
  >
}

/** struct msghdr. recvmsg(2) */
export interface MessageHeader {
  name: Memory
  namelen: number
  iov: [{ base: Memory; len: number }]
  iovlen: number
  control: Memory
  controllen: number
  flags: number
}

interface Bound {
  readonly c: Libc
  readonly koffi: typeof koffi
}

let bound: Bound | undefined

/**
 * Binds on first use, so that the package can be imported on any platform. `load(null)` takes the symbols of the C
 * library that the process has loaded already, glibc or musl; no file name is needed.
 * @throws {@link UnsupportedPlatformError} when this is not Linux on a little-endian processor
 */
function bind(): Bound {
  if (process.platform !== 'linux' || endianness() !== 'LE') {
    throw new UnsupportedPlatformError(`${process.platform} on ${process.arch} (${endianness()})`)
  }
  const native = createRequire(import.meta.url)('koffi') as typeof koffi
  const lib = native.load(null)
  const iovec = native.struct({ base: 'void *', len: 'size_t' })
  const msghdr = native.struct({
    name: 'void *',
    namelen: 'uint32_t',
    iov: native.pointer(iovec, 1),
    iovlen: 'size_t',
    control: 'void *',
    controllen: 'size_t',
    flags: 'int',
  })
  const func = (result: string, name: string, ...args: (string | ReturnType<typeof native.inout>)[]) =>
    lib.func(name, result, args)
  const c = {
    getpid: func('int', 'getpid'),
    syscall: func('long', 'syscall', 'long', 'unsigned int', 'unsigned int', 'unsigned int'),
    open: func('int', 'open', 'void *', 'int', 'uint32_t'),
    close: func('int', 'close', 'int'),
    dup3: func('int', 'dup3', 'int', 'int', 'int'),
    fcntl: func('int', 'fcntl', 'int', 'int', 'int'),
    ioctl: func('int', 'ioctl', 'int', 'unsigned long', 'void *'),
    poll: func('int', 'poll', 'void *', 'unsigned long', 'int'),
    socket: func('int', 'socket', 'int', 'int', 'int'),
    bind: func('int', 'bind', 'int', 'void *', 'uint32_t'),
    connect: func('int', 'connect', 'int', 'void *', 'uint32_t'),
    listen: func('int', 'listen', 'int', 'int'),
    getsockname: func('int', 'getsockname', 'int', 'void *', 'void *'),
    setsockopt: func('int', 'setsockopt', 'int', 'int', 'int', 'void *', 'uint32_t'),
    getsockopt: func('int', 'getsockopt', 'int', 'int', 'int', 'void *', 'void *'),
    send: func('intptr_t', 'send', 'int', 'void *', 'size_t', 'int'),
    recvfrom: func('intptr_t', 'recvfrom', 'int', 'void *', 'size_t', 'int', 'void *', 'void *'),
    recvmsg: func('intptr_t', 'recvmsg', 'int', native.inout(native.pointer(msghdr)), 'int'),
    recvmmsg: func('int', 'recvmmsg', 'int', 'void *', 'uint32_t', 'int', 'void *'),
    calloc: func('void *', 'calloc', 'size_t', 'size_t'),
    free: func('void', 'free', 'void *'),
    setns: func('int', 'setns', 'int', 'int'),
    unshare: func('int', 'unshare', 'int'),
    mount: func('int', 'mount', 'void *', 'void *', 'void *', 'unsigned long', 'void *'),
    umount2: func('int', 'umount2', 'void *', 'int'),
    flock: func('int', 'flock', 'int', 'int'),
    signal: func('void *', 'signal', 'int', 'void *'),
    sigprocmask: func('int', 'sigprocmask', 'int', 'void *', 'void *'),
    execvpe: func('int', 'execvpe', 'const char *', 'const char **', 'const char **'),
  } as unknown as Libc
  return { c, koffi: native }
}

/** The functions of the C library. */
export function libc(): Libc {
  bound ??= bind()
  return bound.c
}

/** The errno of the last call. Read it before any other call is made. */
export function lastErrno(): number {
  bound ??= bind()
  return bound.koffi.errno()
}

/** libuv's poll, which koffi exposes: readiness of an fd without a thread or a native addon. */
export function nodePoll(): typeof koffi.node.poll {
  bound ??= bind()
  return bound.koffi.node.poll
}

/** The address that a pointer holds, and the memory there. The memory must not be used after it is freed. */
export function memoryAt(pointer: unknown, size: number): { address: bigint; bytes: Uint8Array } {
  bound ??= bind()
  const { koffi } = bound
  return { address: koffi.address(pointer), bytes: new Uint8Array(koffi.view(pointer, size)) }
}
