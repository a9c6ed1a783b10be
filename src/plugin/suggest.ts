/** Those of the known words that somebody may have meant, nearest first; at most three. */
export function suggest(word: string, known: readonly string[]): readonly string[] {
  const given = word.toLowerCase()
  const allowed = Math.max(1, Math.floor(given.length / 3))
  return known
    .map((one) => ({ one, far: one.toLowerCase().startsWith(given) && given.length > 1 ? 0 : distance(given, one.toLowerCase()) }))
    .filter(({ far }) => far <= allowed)
    .toSorted((a, b) => a.far - b.far || a.one.localeCompare(b.one))
    .slice(0, 3)
    .map(({ one }) => one)
}

/** How many letters were left out, added, changed, or exchanged with their neighbours. */
function distance(from: string, to: string): number {
  let rows: readonly (readonly number[])[] = [Array.from({ length: to.length + 1 }, (_, column) => column)]
  for (let row = 1; row <= from.length; row++) {
    const [above = [], twoAbove = []] = [rows.at(-1), rows.at(-2)]
    const line = [row]
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1]
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      line.push(
        Math.min(
          (line[column - 1] ?? 0) + 1,
          (above[column] ?? 0) + 1,
          (above[column - 1] ?? 0) + (isSame ? 0 : 1),
          isSwapped ? (twoAbove[column - 2] ?? Number.POSITIVE_INFINITY) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
    rows = [...rows.slice(-1), line]
  }
  return rows.at(-1)?.[to.length] ?? 0
}
