import type { AttributeTable } from '../codec/attribute-types.js'
import { type AttributesCodec, attributes } from '../codec/attributes.js'
import type { AnyCodec } from '../codec/codec.js'
import { select } from '../codec/select.js'
import { text } from '../codec/text.js'

/** A type of expression: its name and the attributes of its NFTA_EXPR_DATA. */
export interface ExpressionOf<Name extends string, Data extends AttributeTable> {
  readonly name: Name
  readonly data: AttributesCodec<Data>
}

/** Any declared type of expression. */
interface AnyExpression {
  readonly name: string
  readonly data: AnyCodec
}

/**
 * Declares a type of expression: `protocol/nftables/README.md` shows how to add one.
 * @param name the value of NFTA_EXPR_NAME
 */
export function expression<const Name extends string, T extends AttributeTable>(
  name: Name,
  data: AttributesCodec<T>,
): ExpressionOf<Name, T> {
  return { name, data }
}

const expressionName = text({ min: 1, max: 31 })

/** NFTA_EXPR_*: an expression; `name` selects the codec of `data`. */
export function expressionCodec<const T extends readonly AnyExpression[]>(declared: T) {
  type DataOf = { [E in T[number] as E['name']]: E['data'] }
  const byName = Object.fromEntries(declared.map(({ name, data }) => [name, data])) as DataOf
  return attributes({
    /** NFTA_EXPR_NAME */
    name: [1, expressionName],
    /** NFTA_EXPR_DATA: its type depends on `name` */
    data: [2, select('name', byName)],
  })
}
