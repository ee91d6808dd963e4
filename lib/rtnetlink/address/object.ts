import { addressMessage, type IpFamily, scope as scopeCodec, type Value } from '../../../protocol/index.js'
import type { LinkRef } from '../../link-reference.js'
import { assertKnownKeys } from '../../options.js'
import type { Resolver } from '../context.js'
import { canonical, familyGiven } from '../named.js'
import { type ApiOf, defineObject } from '../object/define.js'
import { ADDRESS_HINTS, addressIdentity, isAddress } from './key.js'
import { ADDRESS_KEYS, type Address, type AddressSpec, addressMessageOf, readAddress } from './spec.js'

/** Which addresses to list; a key that is left out matches all. */
export interface AddressFilter {
  readonly link?: LinkRef | undefined
  readonly family?: IpFamily | undefined
  readonly scope?: Value<typeof scopeCodec> | undefined
}

/** What identifies an address: the link, the address with its prefix, and the peer where there is one. */
export type AddressRef = Pick<AddressSpec, 'link' | 'address'> & Partial<AddressSpec>

const addressKey = ({ link, address, peer }: Address) => `${link} ${address} ${peer}`

/** Addresses of links. rtnetlink(7), ip-address(8); include/uapi/linux/if_addr.h */
export const addresses = defineObject({
  name: 'address',
  messages: 'addr',
  codec: addressMessage,
  read: readAddress,
  verbs: ['add', 'replace', 'delete'],
  message(spec: AddressSpec, _verb, resolver) {
    assertKnownKeys(spec, ADDRESS_KEYS, 'spec')
    return addressMessageOf(spec, resolver)
  },
  deletion(ref: AddressRef, resolver: Resolver) {
    assertKnownKeys(ref, ADDRESS_KEYS, 'spec')
    // Other members of a listed address are not part of its identity.
    const { link, address, peer, label, family } = ref as AddressRef & Pick<Address, 'family'>
    return addressMessageOf({ link, address, peer, label, family } as AddressSpec, resolver)
  },
  subject: (spec: AddressRef) => spec.address,
  links: ({ index }) => ({ link: index as number }),
  filter: {
    keys: ['link', 'family', 'scope'],
    select(filter: AddressFilter, resolver) {
      const family = familyGiven(filter.family, 'filter.family')
      const scope = canonical(scopeCodec, filter.scope, 'filter.scope')
      const { link } = filter
      const index = link === undefined ? undefined : resolver.link(link, 'link')
      return {
        request: { family: family ?? 'unspec', index },
        matches: (address: Address) =>
          (index === undefined || address.link === index) &&
          (family === undefined || address.family === family) &&
          (scope === undefined || address.scope === scope),
      }
    },
  },
  flush: { key: addressKey, goneCodes: ['EADDRNOTAVAIL'] },
  watch: {
    groups: ['ipv4Ifaddr', 'ipv6Ifaddr'],
    headerSize: addressMessage.header.size,
    accepts: isAddress,
    key: addressIdentity,
    // Lifetimes count down without notifications.
    volatile: ['validLft', 'preferredLft'],
    target: 'targetNetnsid',
    hintGroups: ['link'],
    hints: ADDRESS_HINTS,
  },
})

export type Addresses = ApiOf<typeof addresses>
