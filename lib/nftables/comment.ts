import { COMMENT_MAX, encodeUtf8 } from '../../protocol/index.js'
import { ArgumentError } from '../errors.js'

/**
 * The user data that keeps a comment, as nft(8) does; none without a comment.
 * @throws {@link ArgumentError} when the comment is too long for nft(8)
 */
export function commentUserdata(
  comment: string | undefined,
  argument = 'comment',
): { readonly comment: string } | undefined {
  if (comment === undefined) return undefined
  const length = typeof comment === 'string' ? encodeUtf8(comment)?.length : undefined
  if (length === undefined || length > COMMENT_MAX || comment.includes('\0')) {
    throw new ArgumentError(argument, comment, `text of at most ${COMMENT_MAX} bytes without NUL`)
  }
  return { comment }
}
