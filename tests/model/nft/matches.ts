import fc from 'fast-check'
import type { Field } from './fields.js'
import { type Fragment, list, maybe, type Part, plain, say } from './fragment.js'
import {
  interval,
  intervals,
  isNumber,
  keys,
  type NameType,
  type NumberType,
  numbers,
  showInterval,
  singles,
  type Text,
  types,
  type ValueType,
  value,
} from './types.js'

const VERDICTS = ['accept', 'drop', 'continue', 'return', 'jump other', 'goto other'] as const

const verdict = fc.constantFrom(...VERDICTS)
const equality = fc.constantFrom('', '== ', '!= ')

/** Masks that are contiguous, of single bits, or random. */
const masks = (type: NumberType): Text =>
  numbers(type)
    .filter((mask) => mask !== 0n)
    .map(type.show)

/** The ways in which a number is compared. */
function numberMatch(field: string, type: NumberType): Part {
  const one = numbers(type).map(type.show)
  const operand = masks(type)
  const left = fc.constant(field)
  const some = interval(type).map((it) => showInterval(type, it))
  const forms: Text[] = [
    say`${left} ${equality}${one}`,
    say`${left} ${fc.constantFrom('', '!= ')}${some}`,
    say`${left} ${fc.constantFrom('<', '>', '<=', '>=')} ${one}`,
    say`${left} ${fc.constantFrom('', '!= ')}${intervals(type).map(list)}`,
    say`${left} ${fc.constantFrom('', '!= ')}${singles(type).map(list)}`,
    say`${left} vmap ${pairs(keys(type), verdict)}`,
  ]
  if (type.masks) {
    forms.push(
      say`${left} & ${operand} ${fc.constantFrom('==', '!=')} ${one}`,
      say`${left} & ${operand} ${fc.constantFrom('==', '!=')} ${operand}`,
      say`${left} & ${operand} ${fc.constantFrom('<', '>=')} ${one}`,
      say`${left} ${fc.constantFrom('|', '^')} ${operand} ${fc.constantFrom('==', '!=')} ${one}`,
      say`${left} & ${operand} ${fc.constantFrom('|', '^')} ${operand} == ${one}`,
      say`${left} & ${operand} ${singles(type).map(list)}`,
      say`${left} & ${operand} vmap ${pairs(singles(type), verdict)}`,
    )
  }
  return fc.oneof(...forms.map(plain))
}

function nameMatch(field: string, type: NameType): Part {
  const left = fc.constant(field)
  const one = fc.constantFrom(...type.names)
  const forms: Text[] = [
    say`${left} ${equality}${one}`,
    say`${left} ${fc.constantFrom('', '!= ')}${singles(type).map(list)}`,
    say`${left} vmap ${pairs(singles(type), verdict)}`,
  ]
  if (type.flags) {
    const some = fc.uniqueArray(one, { minLength: 1, maxLength: 3 })
    const commas = some.map((names) => names.join(','))
    const bits = some.map((names) => (names.length === 1 ? names[0] : `(${names.join(' | ')})`) as string)
    forms.push(
      say`${left} ${fc.constantFrom('', '!= ', '== ', '! ')}${commas}`,
      say`${left} & ${bits} ${fc.constantFrom('==', '!=')} ${bits}`,
      say`${left} & ${bits} ${fc.constantFrom('==', '!=')} 0`,
      say`${left} ${fc.constantFrom('', '!= ')}${commas} / ${commas}`,
      say`${left} & ${bits} ${singles(type).map(list)}`,
      say`${left} & ${bits} vmap ${pairs(singles(type), verdict)}`,
    )
  }
  return fc.oneof(...forms.map(plain))
}

/** The elements of a map: each key with a value. */
function pairs(some: fc.Arbitrary<string[]>, data: Text): Text {
  return fc
    .tuple(some, fc.array(data, { minLength: 5, maxLength: 5 }))
    .map(([these, values]) => list(these.map((key, i) => `${key} : ${values[i % values.length]}`)))
}

const isBoolean = (type: ValueType) => !isNumber(type) && type.names.includes('exists')

/** Keys of several fields: `10.0.0.1 . 80-90`; the first field tells them apart. */
function tuples(fields: readonly Field[], isInterval: boolean): fc.Arbitrary<string[]> {
  const [first, ...others] = fields as [Field, ...Field[]]
  const part = ({ type }: Field) =>
    isInterval && isNumber(type)
      ? fc.oneof(
          value(type),
          interval(type).map((it) => showInterval(type, it)),
        )
      : value(type)
  const heads = isInterval ? keys(first.type) : singles(first.type)
  return fc
    .tuple(heads, fc.array(fc.tuple(...others.map(part)), { minLength: 4, maxLength: 4 }))
    .map(([some, tails]) =>
      some.map((head, i) => [head, ...(tails[i % tails.length] as string[])].join(' . ')),
    )
}

/** A match on one field. */
export function match(field: Field): Part {
  const { text, type } = field
  if (isBoolean(type)) return plain(say`${fc.constant(text)} ${value(type)}`)
  return isNumber(type) ? numberMatch(text, type) : nameMatch(text, type)
}

export const keyable = ({ noSets, type }: Field) =>
  noSets !== true && !isBoolean(type) && type !== types.boolean && !('flags' in type)

/** Some versions of nft(8) fail to list concatenations of fields of less than a byte. */
export const concatenable = (field: Field) =>
  keyable(field) &&
  ![types.dscp, types.ecn].some((type) => type === field.type) &&
  !(isNumber(field.type) && field.type.bits < 8)

/** Two or three fields at once, in a set or a map that has no name. */
export function concatenation(fields: readonly Field[]): Part {
  return someOf(fields).chain((some) => {
    const left = fc.constant(some.map(({ text }) => text).join(' . '))
    return fc
      .boolean()
      .chain((isInterval) =>
        fc.oneof(
          plain(say`${left} ${fc.constantFrom('', '!= ')}${tuples(some, isInterval).map(list)}`),
          plain(say`${left} vmap ${pairs(tuples(some, isInterval), verdict)}`),
        ),
      )
  })
}

const someOf = (fields: readonly Field[]) =>
  fc.uniqueArray(fc.constantFrom(...fields), { minLength: 2, maxLength: 3, selector: ({ text }) => text })

/** How the declaration of a set tells its type. */
function typeOf(fields: readonly Field[], of?: string): Text {
  const names = fields.map(({ type }) => type.name)
  const data = of === undefined ? '' : ` : ${of}`
  const typed = `typeof ${fields.map(({ text }) => text).join(' . ')}${data}`
  return names.includes(undefined)
    ? fc.constant(typed)
    : fc.constantFrom(`type ${names.join(' . ')}${data}`, typed)
}

const timeout = fc.constantFrom('10m', '1h30m', '2d')

interface SetOptions {
  readonly flags: readonly string[]
  readonly lines: readonly string[]
  readonly of?: string
  /** What follows each key. */
  readonly suffix: Text
  readonly isCatchAll: boolean
}

const setOptions = (kind: 'set' | 'map', isInterval: boolean): fc.Arbitrary<SetOptions> =>
  fc
    .record({
      constant: fc.boolean(),
      timeouts: fc.constantFrom('', '', 'timeout', 'timeout 1h', 'gc-interval 5m'),
      // Some kernels refuse elements of sets that have both a size and `policy memory`, depending on their order.
      size: fc.constantFrom('', 'size 128', 'size 65535', 'policy memory', 'policy performance'),
      merge: fc.boolean(),
      counter: fc.constantFrom('', '', 'counter'),
      comment: maybe(fc.constantFrom('comment "a few hosts"', 'comment "[ brackets ]"')),
      elementComment: fc.boolean(),
      isCatchAll: fc.boolean(),
    })
    .map(({ constant, timeouts, size, merge, counter, comment, elementComment, isCatchAll }) => {
      const hasTimeout = timeouts !== ''
      const flags = [
        ...(isInterval ? ['interval'] : []),
        ...(constant && !hasTimeout ? ['constant'] : []),
        ...(hasTimeout ? ['timeout'] : []),
      ]
      const lines = [
        size,
        timeouts === 'timeout' || (kind === 'map' && timeouts.startsWith('gc')) ? '' : timeouts,
        kind === 'set' && isInterval && merge ? 'auto-merge' : '',
        counter,
        comment.trim(),
      ].filter((line) => line !== '')
      const suffix = fc
        .tuple(
          hasTimeout ? maybe(say`timeout ${timeout}`) : fc.constant(''),
          elementComment ? maybe(fc.constantFrom('comment "first"', 'comment "x y"')) : fc.constant(''),
        )
        .map((texts) => texts.join(''))
      return { flags, lines, suffix, isCatchAll }
    })

/** The declaration of a set or a map, `s§` or `m§`. */
function declaration(
  kind: 'set' | 'map',
  type: Text,
  elements: fc.Arbitrary<string[]>,
  isInterval: boolean,
  data?: Text,
): Text {
  return setOptions(kind, isInterval).chain(({ flags, lines, suffix, isCatchAll }) =>
    fc
      .tuple(
        type,
        fc.tuple(elements, fc.boolean()).map(([some, isEmpty]) => (isEmpty ? [] : some)),
        fc.array(fc.tuple(suffix, data ?? fc.constant('')), { minLength: 6, maxLength: 6 }),
      )
      .map(([typed, keys, extras]) => {
        const all = isCatchAll && keys.length > 0 ? [...keys, '*'] : keys
        const items = all.map((key, i) => {
          const [after, of] = extras[i % extras.length] as [string, string]
          return `${key}${after}${of === '' ? '' : ` : ${of}`}`
        })
        const parts = [
          typed,
          ...(flags.length > 0 ? [`flags ${flags.join(',')}`] : []),
          ...lines,
          ...(items.length > 0 ? [`elements = ${list(items)}`] : []),
        ]
        return `${kind} ${kind === 'set' ? 's' : 'm'}§ { ${parts.join('; ')}; }`
      }),
  )
}

/** Wildcards are intervals. */
const withoutWildcards = (names: string[]) => names.map((name) => name.replace('*', ''))

/** A key of one or more fields, with its declaration of the type and its elements. */
function key(fields: readonly Field[]): fc.Arbitrary<{
  text: string
  fields: readonly Field[]
  isInterval: boolean
  elements: fc.Arbitrary<string[]>
}> {
  const single = fc.constantFrom(...fields).map((field) => [field])
  const many = fields.filter(concatenable)
  const several = many.length > 1 ? someOf(many) : single
  return fc.tuple(fc.oneof(single, several), fc.boolean()).map(([some, isInterval]) => ({
    text: some.map(({ text }) => text).join(' . '),
    fields: some,
    isInterval,
    elements:
      some.length > 1
        ? tuples(some, isInterval)
        : isInterval
          ? keys((some[0] as Field).type)
          : singles((some[0] as Field).type).map(withoutWildcards),
  }))
}

/** A match with a named set, or a verdict map. */
export function named(fields: readonly Field[]): Part {
  return key(fields).chain(({ text, fields: some, isInterval, elements }) =>
    fc.oneof(
      fc
        .tuple(fc.constantFrom('', '!= '), declaration('set', typeOf(some), elements, isInterval))
        .map(([not, set]): Fragment => ({ text: `${text} ${not}@s§`, needs: [set] })),
      declaration('map', typeOf(some, 'verdict'), elements, isInterval, verdict).map(
        (map): Fragment => ({ text: `${text} vmap @m§`, needs: [map] }),
      ),
    ),
  )
}

/**
 * A map from some fields to values of a type: in the rule, or with a name.
 * @param field what has that type, for `typeof`
 */
export function mapTo(fields: readonly Field[], data: ValueType, field?: string): Part {
  return key(fields).chain(({ text, fields: some, isInterval, elements }) => {
    const anonymous = pairs(elements, value(data)).map(
      (map): Fragment => ({ text: `${text} map ${map}`, needs: [] }),
    )
    const names = [...some.map(({ type }) => type.name)]
    const types = [
      ...(field === undefined ? [] : [`typeof ${text} : ${field}`]),
      ...(data.name === undefined || names.includes(undefined)
        ? []
        : [`type ${names.join(' . ')} : ${data.name}`]),
    ]
    if (types.length === 0) return anonymous
    const declared = declaration('map', fc.constantFrom(...types), elements, isInterval, value(data))
    return fc.oneof(
      anonymous,
      declared.map((map): Fragment => ({ text: `${text} map @m§`, needs: [map] })),
    )
  })
}
