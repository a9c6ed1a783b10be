import { type Piece, piecesOf, plain, type Text } from './text.ts'

/** How many columns of a terminal the text takes. */
export function widthOf(text: Text): number {
  return plainWidth(plain(text))
}

/** Cuts the text to the columns; what is missing is shown as `…`. */
export function cut(text: Text, columns: number): readonly Piece[] {
  const pieces = piecesOf(text)
  if (widthOf(pieces) <= columns) return pieces
  const kept: Piece[] = []
  let left = columns - 1
  for (const piece of pieces) {
    const fitting = fittingPart(plain(piece), left)
    kept.push(typeof piece === 'string' ? fitting : { ...piece, text: fitting })
    left -= plainWidth(fitting)
    if (fitting !== plain(piece)) break
  }
  return [...kept, '…']
}

/** Lines of at most so many columns, broken between words; a longer word is broken inside. Styles are lost. */
export function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of plain(text)
    .split(' ')
    .filter((one) => one !== '')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (plainWidth(longer) <= columns) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    line = word
    while (plainWidth(line) > columns) {
      const part = fittingPart(line, columns) || line.slice(0, 1)
      lines.push(part)
      line = line.slice(part.length)
    }
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line]
}

function fittingPart(text: string, columns: number): string {
  let kept = ''
  let left = columns
  for (const { segment } of graphemes.segment(text)) {
    left -= graphemeWidth(segment)
    if (left < 0) break
    kept += segment
  }
  return kept
}

function plainWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  return [...graphemes.segment(text)].reduce((sum, { segment }) => sum + graphemeWidth(segment), 0)
}

function graphemeWidth(grapheme: string): number {
  if (/^\p{Mark}+$/u.test(grapheme)) return 0
  return wide.test(grapheme) ? 2 : 1
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
/** East Asian wide and fullwidth characters (Unicode Standard Annex 11), and emoji that are drawn as pictures. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u
