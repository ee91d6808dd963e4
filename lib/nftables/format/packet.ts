import { rawInteger } from '../datatypes.js'
import { type Header, type HeaderField, type HeaderName, headers, type Layer } from '../headers.js'
import type { Protocols } from './dependencies.js'
import { fieldBits, type SourceField } from './source.js'

/** nft(8)'s names for the bases of raw payload expressions: `@th,16,16`. */
const BASES: Readonly<Record<string, string>> = { link: 'll', network: 'nh', transport: 'th', inner: 'ih' }

/** The largest number of bits of a raw payload expression. */
const RAW_MAX = 128

/** Bits of a layer that are not a known field: `@nh,96,32`. Undefined where nft(8) cannot express them. */
export function rawField(base: string, from: number, count: number): SourceField | undefined {
  const word = BASES[base]
  if (word === undefined || count > RAW_MAX) return undefined
  return {
    text: `@${word},${from},${count}`,
    type: rawInteger(Math.ceil(count / 8)),
    from,
    count,
    isRaw: true,
  }
}

/** The fields by the layer of their header and its protocol, each from the beginning of the layer's header. */
const FIELDS = new Map<string, readonly SourceField[]>(
  Object.entries<Header>(headers).map(([name, header]) => [
    `${header.base} ${header.protocol ?? name}`,
    Object.entries<HeaderField>(header.fields)
      // nft(8) adds a match of the type before these, of which the kernel's rule says nothing.
      .filter(([, { ofSomeTypes }]) => !ofSomeTypes)
      .map(([field, at]) => ({
        text: `${name} ${field}`,
        type: at.type,
        ...fieldBits(at),
        dependency: at.dependency,
        headers: [name as HeaderName],
      })),
  ]),
)
const NONE: readonly SourceField[] = []

/** The fields of a layer, given the protocols that the rule has determined. */
export function headerFields(base: Layer, protocols: Protocols): readonly SourceField[] {
  if (base === 'transport') return FIELDS.get(`transport ${protocols.transport ?? 'th'}`) ?? NONE
  if (base === 'network') return FIELDS.get(`network ${protocols.network}`) ?? NONE
  if (protocols.link === undefined) return NONE
  const ether = FIELDS.get('link ether') ?? NONE
  return protocols.link === 'vlan' ? [...ether, ...(FIELDS.get('link 8021q') ?? NONE)] : ether
}
