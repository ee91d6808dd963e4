import { readdirSync } from 'node:fs'
import { decodeUtf8, encodeUtf8 } from '../protocol/codec/utf8.js'
import { ArgumentError } from './errors.js'

/*
 * Names of files are bytes, as names of links are: those that are not UTF-8 are escaped in the same way (protocol's
 * utf8.ts). Node would replace these bytes, and C would end a path at a NUL.
 */

/**
 * The bytes of a path, for `node:fs`.
 * @throws {@link ArgumentError} when there is a NUL in it, or a lone surrogate that is no escaped byte
 */
export function pathBytes(path: string, argument = 'path'): Buffer {
  const bytes = path.includes('\0') ? undefined : encodeUtf8(path)
  if (bytes !== undefined) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  throw new ArgumentError(argument, path, 'a path: text without NUL and without lone surrogates')
}

/** The names in a folder. */
export function namesIn(folder: string): string[] {
  return readdirSync(pathBytes(folder), { encoding: 'buffer' }).map((name) => decodeUtf8(name))
}
