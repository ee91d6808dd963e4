/** The rulesets of a file in which lines of `----` separate them. Lines of `#` are comments. */
export function casesOf(text: string): string[] {
  return text
    .split(/^----.*\n/m)
    .map((one) => one.replace(/^#.*\n/gm, ''))
    .filter((one) => one.trim() !== '')
}
