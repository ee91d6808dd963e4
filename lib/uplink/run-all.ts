/**
 * Runs the parts of a removal in order, each even if another fails: what can be given back is given back.
 * @throws the first error
 */
export async function runAll(parts: readonly (() => void | Promise<void>)[]): Promise<void> {
  const errors: unknown[] = []
  for (const part of parts) {
    try {
      await part()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
}
