import { encodeAttribute, prefixed } from './attributes.js'
import type { AnyCodec, AnyFixedCodec, Codec, Input, Value } from './codec.js'
import { compileSource, tiered } from './compile.js'
import { EncodeError, withPath } from './errors.js'
import { ATTRIBUTE_HEADER_SIZE, AttributeWalk, NLA_TYPE_MASK } from './walk.js'

/** Marks an attribute that the kernel repeats within its set: the value is the array of all occurrences. */
export function multiple<C extends AnyCodec>(codec: C): C & { readonly multiple: true } {
  return { ...codec, multiple: true }
}

/** A nested attribute that holds attributes of one type, repeated: IFLA_VFINFO_LIST of IFLA_VF_INFO. */
export function listOf<C extends AnyCodec>(type: number, codec: C): Codec<Value<C>[], readonly Input<C>[]> {
  return nestedArray(codec, () => type)
}

/** A nested attribute whose members are numbered from one: the array in their order. */
export function indexed<C extends AnyCodec>(codec: C): Codec<Value<C>[], readonly Input<C>[]> {
  return nestedArray(codec, (index) => index + 1)
}

function nestedArray<C extends AnyCodec>(
  codec: C,
  typeAt: (index: number) => number,
): Codec<Value<C>[], readonly Input<C>[]> {
  return {
    nested: true,
    decode(view, start, length, parent) {
      const values: Value<C>[] = []
      try {
        const walk = new AttributeWalk(view, start, length)
        while (walk.next()) values.push(codec.decode(view, walk.at, walk.length, parent) as Value<C>)
        walk.requireEnd()
      } catch (error) {
        throw withPath(error, String(values.length))
      }
      return values
    },
    encode(out, values, parent) {
      forEachElement(values, (value, index) =>
        encodeAttribute(out, typeAt(index) & NLA_TYPE_MASK, codec, value, parent),
      )
    },
    locate(view, start, length, target, parent) {
      let index = 0
      const walk = new AttributeWalk(view, start, length)
      while (walk.next()) {
        if (target >= walk.at - ATTRIBUTE_HEADER_SIZE && target < walk.at + walk.length) {
          const found = codec.locate?.(view, walk.at, walk.length, target, parent)
          return prefixed(String(index), found, codec)
        }
        index++
      }
      return undefined
    },
  }
}

/** Fixed structs or integers, one after the other, without headers between them. */
export function arrayOf<C extends AnyFixedCodec>(codec: C): Codec<Value<C>[], readonly Input<C>[]> {
  type Decode = Codec<Value<C>[]>['decode']
  const plain: Decode = (view, start, length, parent) => {
    const { size } = codec
    const values: Value<C>[] = []
    try {
      for (let at = start; at + size <= start + length; at += size) {
        values.push(codec.decode(view, at, size, parent) as Value<C>)
      }
    } catch (error) {
      throw withPath(error, String(values.length))
    }
    return values
  }
  const compile = () => {
    const { size, source } = codec
    // A codec with a source cannot fail on a whole element, so the compiled loop needs no path for errors.
    if (source === undefined) return undefined
    return compileSource<Decode>(
      (scope) => `(view, start, length, parent) => {
        const values = new Array(Math.floor(length / ${size}))
        for (let i = 0, at = start; i < values.length; i++, at += ${size}) values[i] = ${source('at', size, scope)}
        return values
      }`,
    )
  }
  return {
    decode: tiered(plain, compile),
    encode(out, values, parent) {
      forEachElement(values, (value) => codec.encode(out, value as never, parent))
    },
  }
}

function forEachElement<T>(values: readonly T[], encode: (value: T, index: number) => void): void {
  if (!Array.isArray(values)) throw new EncodeError(values, 'an array')
  for (const [index, value] of values.entries()) {
    try {
      encode(value, index)
    } catch (error) {
      throw withPath(error, String(index))
    }
  }
}
