import { closeFd, type Fd } from '../ffi/fd.js'
import { type NetnsRef, openNetns } from '../netns/reference.js'

/**
 * The network namespaces of one request. The request owns their descriptors: handles that the caller passed
 * in are duplicated at once, since the caller may close them before the request is sent; names are opened when it is
 * encoded. All are closed when the request has been answered or dropped.
 */
export class NetnsScope {
  /** By argument. */
  readonly #duplicates = new Map<string, Fd>()
  readonly #open: Fd[] = []

  /**
   * @param refs what the request refers to, by argument
   * @throws {@link ArgumentError} when a handle is not that of a network namespace
   */
  constructor(refs: Readonly<Record<string, NetnsRef | undefined>>) {
    try {
      for (const [argument, ref] of Object.entries(refs)) {
        if (isHandle(ref)) this.#duplicates.set(argument, this.#keep(openNetns(ref, argument)))
      }
    } catch (error) {
      this.release()
      throw error
    }
  }

  /**
   * A descriptor of the namespace, for IFLA_NET_NS_FD.
   * @throws {@link ArgumentError} when `ref` cannot refer to a network namespace
   * @throws {@link SystemError} `ENOENT` when there is no such namespace
   */
  netns(ref: NetnsRef, argument: string): number {
    return this.#duplicates.get(argument) ?? this.#keep(openNetns(ref, argument))
  }

  readonly release = (): void => {
    for (const fd of this.#open.splice(0)) closeFd(fd)
  }

  #keep(fd: Fd): Fd {
    this.#open.push(fd)
    return fd
  }
}

function isHandle(ref: NetnsRef | undefined): ref is { readonly fd: number } {
  return typeof ref === 'object' && ref !== null && 'fd' in ref
}
