export { ip, ipPrefix, ipv4, ipv6 } from './address.js'
export { formatIpv4, formatIpv6, ipVersion, parseIpv4, parseIpv6 } from './address-text.js'
export { align } from './align.js'
export { arrayOf, indexed, listOf, multiple } from './arrays.js'
export type {
  AttributesInput,
  AttributesValue,
  AttributeTable,
  Flat,
  UnknownAttribute,
} from './attribute-types.js'
export { type AttributesCodec, attributes } from './attributes.js'
export { bool } from './boolean.js'
export { block, bytes, flag, hardwareAddress, mac, neighbourAddress } from './bytes.js'
export type {
  AnyCodec,
  AnyFixedCodec,
  Codec,
  Decoder,
  FixedCodec,
  Input,
  Located,
  Parent,
  SourceScope,
  Value,
} from './codec.js'
export { DecodeError, EncodeError, isDecodeError, isEncodeError } from './errors.js'
export {
  type BigIntegerCodec,
  be16,
  be32,
  be64,
  type IntegerCodec,
  s8,
  s16,
  s32,
  s64,
  sbe16,
  sbe32,
  sbe64,
  u8,
  u16,
  u32,
  u64,
  uint,
} from './integers.js'
export { type MessageCodec, type MessageInput, type MessageValue, message } from './message.js'
export {
  bitFlags,
  type EnumerationCodec,
  enumeration,
  type FlagsCodec,
  type NamesCodec,
} from './names.js'
export { type HeadMembers, ignored, type MemberTable, padding } from './plan.js'
export { objectReader } from './reader.js'
export { type Choices, type SelectCodec, select, undiscriminated } from './select.js'
export { type FieldLayout, type Padding, pad, type StructCodec, type StructFields, struct } from './struct.js'
export { text } from './text.js'
export { decodeUtf8, encodeUtf8 } from './utf8.js'
export { viewOf, Writer } from './writer.js'
