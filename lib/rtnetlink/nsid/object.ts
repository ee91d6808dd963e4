import { getNsid, listNsids, readNsid, setNsid } from '../../netns/ids.js'
import type { NetnsRef } from '../../netns/reference.js'
import type { Context } from '../context.js'

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
    return this.#context.queryWithNetns((open) => getNsid(open(netns, 'netns')), readNsid)
  }

  /**
   * Gives a namespace an id here; without one, the kernel chooses.
   * @throws NetlinkError `EEXIST` when it has one, `ENOSPC` when the id is another's, `EPERM`
   */
  set(netns: NetnsRef, id?: number): Promise<void> {
    return this.#context.requestWithNetns((open) => setNsid(open(netns, 'netns'), id))
  }

  /** The ids there are here. @throws NetlinkError */
  async list(): Promise<number[]> {
    return this.#context.connection.dump(listNsids(), readNsid).toArray()
  }
}
