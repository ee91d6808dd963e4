import fc from 'fast-check'
import type { Address, AddressSpec, RtNetlink } from '../../../lib/index.js'
import type { Stage } from '../stage.js'
import { type Kind, LINK_NAMES, partly, word, words } from './kind.js'

function addressCommand(spec: AddressSpec): string {
  const { address, peer, broadcast, label, scope, flags, rtPriority, proto, validLft, preferredLft } = spec
  return words(
    'addr add',
    peer === undefined ? address : `${address.replace(/\/.*/, '')} peer ${peer}`,
    word('broadcast', broadcast),
    word('label', label),
    word('scope', scope),
    word('metric', rtPriority),
    word('proto', proto),
    `dev ${LINK_NAMES[spec.link as number]}`,
    word('valid_lft', validLft),
    word('preferred_lft', preferredLft),
    ...(flags ?? []).map(String),
  )
}

const lifetimes = fc.constantFrom(
  {},
  { validLft: 5000, preferredLft: 3000 },
  { validLft: 5000, preferredLft: 0 },
)

function addressKind(family: 'inet' | 'inet6') {
  return {
    command: addressCommand,
    list: (net: RtNetlink): Promise<Address[]> => net.addresses.list({ family, link: 11 }),
    add: (net: RtNetlink, spec: AddressSpec) => net.addresses.add(spec),
    remove: (net: RtNetlink, address: Address) => net.addresses.delete(address),
    shown: [`-${family === 'inet' ? 4 : 6} addr show dev v1`],
    clear: async ({ net }: Stage) => {
      await net.addresses.flush({ link: 11, family })
    },
  }
}

export const ipv4Addresses: Kind<AddressSpec, Address> = {
  ...addressKind('inet'),
  // Of one prefix each: secondary addresses would become primary ones.
  spec: fc
    .tuple(
      fc.constantFrom('10.21.0.1/24', '10.22.0.1/17', '10.23.0.1/32', '127.3.0.1/8', '10.24.0.1/31'),
      partly<AddressSpec>({
        label: fc.constantFrom('v1', 'v1:x'),
        scope: fc.constantFrom('global', 'link', 'host', 200, 77),
        rtPriority: fc.constantFrom(5, 700),
        proto: fc.constantFrom('kernelRa', 77),
        flags: fc.constantFrom([], ['noprefixroute']),
        // The peer of an address is in a prefix of its own as well.
        peer: fc.constantFrom('1/32', '0/24'),
        broadcast: fc.constantFrom('10.22.0.7', '+', '-'),
      } as never),
      lifetimes,
    )
    .map(([address, { peer: suffix, broadcast, ...own }, times]): AddressSpec => {
      const peer =
        suffix === undefined ? undefined : `${address.split('.').slice(0, 2).join('.')}.9.${suffix}`
      // Of a prefix of more bits there is none to compute: the library says so, ip(8) adds none.
      const computable = Number((peer ?? address).split('/')[1]) <= 30
      return {
        ...own,
        ...(peer === undefined ? {} : { peer }),
        ...(broadcast === undefined || (!computable && broadcast.length === 1) ? {} : { broadcast }),
        address,
        link: 11,
        ...times,
      }
    }),
}

export const ipv6Addresses: Kind<AddressSpec, Address> = {
  ...addressKind('inet6'),
  spec: fc
    .tuple(
      fc.constantFrom(
        '2001:db8:21::1/64',
        '2001:db8:22::1/128',
        'fe80::21/64',
        'fec0::1/64',
        '2001:db8:21::2/64',
      ),
      partly<AddressSpec>({
        rtPriority: fc.constantFrom(5, 700),
        proto: fc.constantFrom('kernelRa', 77),
        peer: fc.constant('2001:db8:25::1/64'),
      } as never),
      fc.subarray(['noprefixroute', 'mngtmpaddr', 'home', 'optimistic'] as const),
      lifetimes,
    )
    .map(([address, own, flags, times]): AddressSpec => {
      const named = flags.map(
        (flag) => ({ mngtmpaddr: 'managetempaddr', home: 'homeaddress' })[flag as 'home'] ?? flag,
      )
      // mngtmpaddr makes addresses of its own; duplicate address detection ends when it pleases.
      const kept = named.filter((flag) => flag !== 'managetempaddr' && flag !== 'optimistic')
      return { ...own, address, link: 11, ...times, flags: ['nodad', ...(kept as 'homeaddress'[])] }
    }),
  command: (spec) => addressCommand(spec).replace('homeaddress', 'home'),
}
