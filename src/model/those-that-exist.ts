/** Added to a message about a missing object, because its name is more likely mistyped: `; there are demo, test and 3 more`. */
export function thoseThatExist(asked: string, names: readonly string[]): string {
  return `; there ${names.length > 1 ? 'are' : 'is'} ${mostLike(asked, names)}`
}

/** The names that are most like the one that was asked for, in words. */
export function mostLike(asked: string, names: readonly string[]): string {
  if (names.length === 0) return 'none'
  const nearest = names.toSorted((a, b) => distance(asked, a) - distance(asked, b) || (a < b ? -1 : 1))
  const shown = nearest.slice(0, maxShown).join(', ')
  const more = names.length - maxShown
  return more > 0 ? `${shown} and ${more} more` : shown
}

const maxShown = 5

/** How many letters have to be changed, added or taken away (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
