import { type NftExpressionInput, type NftSetElementInput, nftRegister } from '../../protocol/index.js'
import { assertName } from './assert-spec.js'
import { unknownName } from './unknown-name.js'

const VERDICTS = ['accept', 'drop', 'continue', 'return'] as const

/**
 * What happens to a packet. After the chain of a `jump`, evaluation continues after the rule; after that of a `goto`,
 * it does not.
 * nft(8), VERDICT STATEMENTS
 */
export type NftVerdict = (typeof VERDICTS)[number] | { readonly jump: string } | { readonly goto: string }

/** @throws {@link ArgumentError} when the value is not a verdict */
export function verdictData(
  verdict: NftVerdict,
  argument = 'verdict',
): NonNullable<NftSetElementInput['data']> {
  if (typeof verdict === 'object' && verdict !== null) {
    const [[code, chain] = [], another] = Object.entries(verdict)
    if ((code === 'jump' || code === 'goto') && another === undefined) {
      assertName(chain, `${argument}.${code}`, 'the name of a chain')
      return { verdict: { code, chain } }
    }
  } else if (VERDICTS.includes(verdict)) return { verdict: { code: verdict } }
  throw unknownName(argument, verdict, VERDICTS, { otherwise: '{ jump: chain }, { goto: chain }' })
}

/** A listed verdict as it would be given. */
export function verdictOf({
  code,
  chain,
}: {
  readonly code?: string | number
  readonly chain?: string
}): NftVerdict {
  if (code === 'jump' || code === 'goto') return { [code]: chain ?? '' } as NftVerdict
  return code as NftVerdict
}

/** The expression that ends the rule with a verdict. */
export function verdictExpression(verdict: NftVerdict): NftExpressionInput {
  return { name: 'immediate', data: { dreg: nftRegister.verdict, data: verdictData(verdict) } }
}
