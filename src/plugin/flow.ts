import { joined, type Piece, plain, type Text } from './text.ts'
import { widthOf, wrap } from './width.ts'

/** The parts beside each other, two blanks between them; where the room ends, on a further line that is indented. */
export function flow(parts: readonly Text[], columns: number | undefined, indent: number): readonly Text[] {
  const lines: Text[][] = []
  let used = 0
  const pieces = columns === undefined ? parts : parts.flatMap((part) => breakText(part, Math.max(20, columns - indent)))
  for (const part of pieces) {
    const width = widthOf(part)
    const line = lines.at(-1)
    if (line === undefined || (columns !== undefined && used + 2 + width > columns)) {
      lines.push([part])
      used = (line === undefined ? 0 : indent) + width
    } else {
      line.push(part)
      used += 2 + width
    }
  }
  return lines.map((line, index) => joined([...(index === 0 ? [] : [' '.repeat(indent)]), joined(line, '  ')]))
}

/** `title` and the text beside it; the lines of a longer text are indented as far. */
export function titled(title: Text, text: Text, indent: number, columns: number | undefined): readonly Text[] {
  const head = joined([title, ' '.repeat(Math.max(1, indent - widthOf(title)))])
  if (columns === undefined || indent + widthOf(text) <= columns) return [joined([head, text])]
  return breakText(text, Math.max(20, columns - indent)).map((line, index) => joined([index === 0 ? head : ' '.repeat(indent), line]))
}

/** Breaks a text with styles between words: what has a style keeps it. */
function breakText(text: Text, columns: number): readonly Text[] {
  const marked = joined([text]).flatMap((piece) => {
    const words = (typeof piece === 'string' ? piece : piece.text).split(/(?<= )/)
    return words.map((word) => (typeof piece === 'string' ? word : { ...piece, text: word }))
  })
  const lines: Piece[][] = [[]]
  let used = 0
  for (const word of marked) {
    const width = widthOf(word)
    // The blank after the last word of a line takes no room.
    const bare = widthOf(plain(word).trimEnd())
    if (used > 0 && used + bare > columns) {
      lines.push([])
      used = 0
    }
    if (bare > columns) {
      for (const part of wrap(typeof word === 'string' ? word : word.text, columns))
        lines.push([typeof word === 'string' ? part : { ...word, text: part }])
      used = columns
      continue
    }
    lines.at(-1)?.push(word)
    used += width
  }
  return lines.filter((line) => line.length > 0).map(trimmed)
}

function trimmed(line: readonly Piece[]): Text {
  const [first, last] = [line.findIndex((piece) => plain(piece).trim() !== ''), line.findLastIndex((piece) => plain(piece).trim() !== '')]
  return line.slice(Math.max(first, 0), last + 1).map((piece, index, { length }) => {
    const bare = typeof piece === 'string' ? piece : piece.text
    const text = index === 0 ? (index === length - 1 ? bare.trim() : bare.trimStart()) : index === length - 1 ? bare.trimEnd() : bare
    return typeof piece === 'string' ? text : { ...piece, text }
  })
}
