import { deeper, encodeAttribute, NLA_TYPE_MASK, walk } from './attributes.js'
import type { AnyCodec, AnyFixedCodec, Codec, Input, Owner, Value } from './codec.js'
import { compileBound } from './compile.js'
import { DecodeError, EncodeError, withPath } from './errors.js'
import type { Writer } from './writer.js'

const HEADER = 4

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
    decode(view, start, length, owner) {
      const values: Value<C>[] = []
      const end = start + length
      try {
        for (let at = start; at + HEADER <= end; ) {
          const size = view.getUint16(at, true)
          if (size < HEADER || at + size > end) {
            throw new DecodeError(`an attribute of ${size} bytes at offset ${at - start} of ${length}`)
          }
          values.push(codec.decode(view, at + HEADER, size - HEADER, owner) as Value<C>)
          at += (size + 3) & ~3
        }
      } catch (error) {
        throw withPath(error, String(values.length))
      }
      return values
    },
    encode(out, values, owner) {
      each(values, (value, index) => encodeAttribute(out, typeAt(index) & NLA_TYPE_MASK, codec, value, owner))
    },
    locate(view, start, length, target, owner) {
      let index = 0
      for (const { at, size } of walk(view, start, length)) {
        if (target >= at && target < at + size) {
          const found = codec.locate?.(view, at + HEADER, size - HEADER, target, owner)
          return deeper(String(index), found, codec)
        }
        index++
      }
      return undefined
    },
  }
}

type DecodeAll = (view: DataView, start: number, end: number) => unknown[]

/** Reads one after the other, where code may be made. */
function readAll(source: NonNullable<AnyCodec['source']>, size: number): DecodeAll | undefined {
  return compileBound<DecodeAll>(
    (bind) => `(view, start, end) => {
      const values = new Array(Math.floor((end - start) / ${size}))
      for (let i = 0, at = start; i < values.length; i++, at += ${size}) values[i] = ${source('at', bind)}
      return values
    }`,
  )
}

/** Fixed structs or integers, one after the other, without headers between them. */
export function arrayOf<C extends AnyFixedCodec>(codec: C): Codec<Value<C>[], readonly Input<C>[]> {
  const { size } = codec
  const fast = codec.source && readAll(codec.source, size)
  return {
    decode(view, start, length, owner) {
      if (fast) return fast(view, start, start + length) as Value<C>[]
      const values: Value<C>[] = []
      try {
        for (let at = start; at + size <= start + length; at += size) {
          values.push(codec.decode(view, at, size, owner) as Value<C>)
        }
      } catch (error) {
        throw withPath(error, String(values.length))
      }
      return values
    },
    encode(out: Writer, values, owner: Owner) {
      each(values, (value) => codec.encode(out, value as never, owner))
    },
  }
}

function each<T>(values: readonly T[], encode: (value: T, index: number) => void): void {
  if (!Array.isArray(values)) throw new EncodeError(values, 'an array')
  for (const [index, value] of values.entries()) {
    try {
      encode(value, index)
    } catch (error) {
      throw withPath(error, String(index))
    }
  }
}
