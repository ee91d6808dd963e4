import type { AttributeTable } from '../codec/attribute-types.js'
import { type AttributesCodec, attributes } from '../codec/attributes.js'
import { select } from '../codec/select.js'
import { text } from '../codec/text.js'
import type { nftExpressions } from './expressions/index.js'

/** One sort of expression: what NFTA_EXPR_DATA holds for it. */
export interface ExpressionOf<Name extends string, Data extends AttributeTable> {
  readonly name: Name
  readonly data: AttributesCodec<Data>
}

/**
 * Declares a sort of expression: this and a line in `expressions/index.ts` are all that a new one takes.
 * @param name what NFTA_EXPR_NAME carries
 */
export function expression<const Name extends string, T extends AttributeTable>(
  name: Name,
  data: AttributesCodec<T>,
): ExpressionOf<Name, T> {
  return { name, data }
}

const expressionName = text({ min: 1, max: 31 })

/** NFTA_EXPR_*: an expression, by its name. */
export function expressionCodec<const T extends typeof nftExpressions>(declared: T) {
  type DataOf = { [E in T[number] as E['name']]: E['data'] }
  const byName = Object.fromEntries(declared.map(({ name, data }) => [name, data])) as DataOf
  return attributes({
    /** NFTA_EXPR_NAME */
    name: [1, expressionName],
    /** NFTA_EXPR_DATA: by `name` */
    data: [2, select('name', byName)],
  })
}
