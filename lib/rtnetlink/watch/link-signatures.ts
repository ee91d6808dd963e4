import type { MessageFields } from './fields.js'

/* The offsets within struct ifinfomsg, and attributes. include/uapi/linux/if_link.h */
const INDEX = 4
const FLAGS = 8
const IFLA_IFNAME = 3
const IFLA_MTU = 4
const IFLA_MASTER = 10
const IFLA_OPERSTATE = 16
const IFLA_CARRIER = 33

/** What other objects depend on of each link: most messages about links, such as counters, do not change it. */
export class LinkSignatures {
  readonly #byIndex = new Map<number, string>()

  /** Whether a message about a link differs from the last one in this; always for the first. Events are no whole messages. */
  changes(message: MessageFields): boolean {
    if (!message.has(IFLA_MTU)) return false
    const index = message.u32(INDEX)
    const signature = signatureOf(message)
    if (this.#byIndex.get(index) === signature) return false
    this.#byIndex.set(index, signature)
    return true
  }

  remove(message: MessageFields): void {
    this.#byIndex.delete(message.u32(INDEX))
  }
}

function signatureOf(message: MessageFields): string {
  const numbers = [IFLA_MTU, IFLA_MASTER, IFLA_OPERSTATE, IFLA_CARRIER].map((type) => message.number(type, 0))
  return `${message.u32(FLAGS)} ${numbers.join(' ')} ${nameOf(message)}`
}

function nameOf(message: MessageFields): string {
  if (!message.has(IFLA_IFNAME)) return ''
  const { view } = message
  const at = message.offsetOf(IFLA_IFNAME)
  let name = ''
  for (let i = 0; i < message.lengthOf(IFLA_IFNAME); i++) name += String.fromCharCode(view.getUint8(at + i))
  return name
}
