import type { NftExpressionData } from '../../../protocol/index.js'
import { datatypes, rawInteger } from '../datatypes.js'
import { type ExtensionGroup, type ExtensionKind, extensionGroups } from '../extension-headers.js'
import { valueText } from '../format/assignment.js'
import { fieldBits, type Source, wholeField, wholeSource } from '../format/source.js'
import type { RuleState } from '../format/state.js'
import { notExpressible } from '../format/values.js'
import { type Header, headers } from '../headers.js'
import type { ExpressionFormat } from './expression.js'

type Exthdr = NftExpressionData<'exthdr'>

/** `frag id`, `tcp option maxseg size`, `exthdr hbh exists`; `tcp option maxseg size set rt mtu`, `reset tcp option 4` */
export const formatExthdr: ExpressionFormat<'exthdr'> = (data, state) => {
  const { dreg, sreg, op = 'ipv6', flags = [] } = data
  const group = extensionGroups[op as ExtensionKind]
  const isKnown = flags.every((flag) => flag === 'present')
  if (group === undefined || !isKnown || !isInHeader(group, state)) return notExpressible('exthdr')
  if (dreg === undefined && sreg === undefined) return formatReset(data, group)
  const source = extensionSource(data, group)
  if (source === undefined) return notExpressible('exthdr')
  if (sreg === undefined) return state.load(dreg, source)
  const field = wholeField(source)
  const value = state.registers.read(sreg)
  const text = field && value && flags.length === 0 ? valueText(state, value, field.type) : undefined
  return text === undefined ? notExpressible('exthdr') : `${field?.text} set ${text}`
}

/** Whether the rule has determined the network protocol, which nft(8) compares before an extension of it. */
function isInHeader({ header: name }: ExtensionGroup, { protocols }: RuleState): boolean {
  const header: Header = headers[name]
  return header.base === 'transport' || protocols.network === name
}

function formatReset({ op, type, offset, len, flags }: Exthdr, group: ExtensionGroup): string {
  const isPlain = op === 'tcpopt' && !offset && !len && !flags?.length
  if (!isPlain || type === undefined) return notExpressible('exthdr')
  return `reset tcp option ${nameOf(group, type) ?? type}`
}

const nameOf = ({ extensions }: ExtensionGroup, number: number) =>
  Object.entries(extensions).find(([, one]) => one.number === number)?.[0]

function extensionSource(
  { op, type = 0, offset = 0, len = 0, flags = [] }: Exthdr,
  group: ExtensionGroup,
): Source | undefined {
  const { prefix, existsPrefix, extensions, header } = group
  // nft(8) compares the network protocol before an extension, but not the transport protocol.
  const headers = header === 'ip' || header === 'ip6' ? [header] : []
  if (flags.length > 0) {
    // A TCP option without a name has a number.
    const name = nameOf(group, type) ?? (op === 'tcpopt' ? type : undefined)
    if (name === undefined || offset !== 0 || len !== 1) return undefined
    return wholeSource('exthdr', `${existsPrefix}${name}`, datatypes.boolean, { headers })
  }
  if (len === 0) return undefined
  const fields = Object.entries(extensions)
    .filter(([, { number }]) => number === type)
    .flatMap(([name, one]) =>
      Object.entries(one.fields).map(([field, at]) => {
        const { from, count } = fieldBits(at)
        return { text: `${prefix}${name} ${field}`, type: at.type, from, count, headers }
      }),
    )
  const start = 8 * offset
  const raw = () => ({
    text: `tcp option @${type},${start},${8 * len}`,
    type: rawInteger(len),
    from: start,
    count: 8 * len,
    isRaw: true,
  })
  return { name: 'exthdr', length: len, bigEndian: true, fields, start, ...(op === 'tcpopt' && { raw }) }
}
