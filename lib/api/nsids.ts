import { nsidMessage, type RtmName, rtm, rtmName } from '../../protocol/index.js'
import type { Read, Request } from '../connection/index.js'
import { ArgumentError } from '../errors.js'
import type { NetnsRef } from '../netns/reference.js'
import type { Context } from './context.js'

/** NETNSA_NSID_NOT_ASSIGNED. include/uapi/linux/net_namespace.h */
const NOT_ASSIGNED = -1

/**
 * The numbers by which the namespace of the connection knows others: `linkNetnsid` of a link whose other end is
 * elsewhere is one. `ip netns list-id`, `ip netns set`; ip-netns(8)
 */
export class Nsids {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /** The id of a namespace; undefined where it has none here. @throws ArgumentError, SystemError, NetlinkError */
  get(netns: NetnsRef): Promise<number | undefined> {
    return this.#context.inOrder(() =>
      this.#context.withNetns(async (open) => {
        const request = this.#request('getnsid', { family: 'unspec', fd: open(netns, 'netns') })
        const nsid = await this.#context.connection.ask(request, readNsid)
        return nsid === NOT_ASSIGNED ? undefined : nsid
      }),
    )
  }

  /**
   * Gives a namespace an id here; without one, the kernel chooses.
   * @throws NetlinkError `EEXIST` when it has one, `ENOSPC` when the id is another's, `EPERM`
   */
  set(netns: NetnsRef, id?: number): Promise<void> {
    return this.#context.inOrder(() => {
      if (id !== undefined && (!Number.isInteger(id) || id < 0 || id > 0x7fffffff)) {
        throw new ArgumentError('id', id, 'a whole number from 0 to 2147483647')
      }
      return this.#context.withNetns((open) =>
        this.#context.connection.request(
          this.#request('newnsid', { family: 'unspec', nsid: id ?? NOT_ASSIGNED, fd: open(netns, 'netns') }),
        ),
      )
    })
  }

  /** The ids there are here. @throws NetlinkError */
  async list(): Promise<number[]> {
    const request = this.#request('getnsid', { family: 'unspec' })
    return this.#context.connection.dump(request, readNsid).toArray()
  }

  #request(name: RtmName, value: Record<string, unknown>): Request {
    return { type: rtm[name], name: rtmName(rtm[name]), codec: nsidMessage, value }
  }
}

const readNsid: Read<number | undefined> = (view, at, length) => nsidMessage.decode(view, at, length, {}).nsid
