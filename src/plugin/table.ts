import { joined, type Piece, piecesOf, plain, styled, type Text } from './text.ts'
import { cut, widthOf, wrap } from './width.ts'

export interface Column<Row> {
  readonly title: string
  cell(row: Row): Text
  /** In a narrow terminal the columns with the highest number go first; those without a number stay. */
  readonly drop?: number
  /** The column takes what room there is, down to so many columns, and breaks its text into lines. */
  readonly wrapsAt?: number
  readonly align?: 'right'
  /** Only with `-o wide`. */
  readonly onlyWide?: boolean
  /** Without any text in it the column is left out. */
  readonly mayBeEmpty?: boolean
}

export interface Room {
  /** Undefined: no bound. */
  readonly columns: number | undefined
  readonly wide?: boolean
}

/** A table with its title line, as wide as the room at most, where that can be. */
export function drawTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { columns: room, wide = false }: Room,
): readonly Text[] {
  const wanted = columns
    .filter(({ onlyWide }) => wide || !onlyWide)
    .map((column) => ({ column, cells: rows.map((row) => column.cell(row)) }))
    .filter(({ column, cells }) => !column.mayBeEmpty || cells.some((cell) => plain(cell) !== ''))
  // Whoever asks for `wide` wants all of it.
  const fitting = fitInto(wanted, wide ? undefined : room)
  const titles = fitting.map(({ column, width }) => pad(styled('strong', column.title), width, column.align))
  const lines = rows.flatMap((_, row) => linesOf(fitting.map(({ column, cells, width }) => ({ column, width, cell: cells[row] ?? '' }))))
  return [titles, ...lines.map((cells) => cells)].map((cells) => withoutEnd(joined(cells, gap)))
}

const gap = '  '
const narrowestOfAll = 10

interface Drawn<Row> {
  readonly column: Column<Row>
  readonly cells: readonly Text[]
}

function fitInto<Row>(drawn: readonly Drawn<Row>[], room: number | undefined): readonly (Drawn<Row> & { readonly width: number })[] {
  const sized = drawn.map((one) => ({ ...one, width: Math.max(one.column.title.length, ...one.cells.map(widthOf)) }))
  if (room === undefined) return sized
  const total = sized.reduce((sum, { width }) => sum + width, 0) + gap.length * (sized.length - 1)
  const flexible = sized.findLast(({ column }) => column.wrapsAt !== undefined)
  const narrowest = Math.min(flexible?.width ?? 0, Math.max(flexible?.column.wrapsAt ?? 0, flexible?.column.title.length ?? 0))
  const over = total - room
  if (over <= 0) return sized
  if (flexible !== undefined && flexible.width - narrowest >= over)
    return sized.map((one) => (one === flexible ? { ...one, width: one.width - over } : one))
  const dropped = sized.reduce<Drawn<Row> | undefined>(
    (last, one) => (one.column.drop !== undefined && one.column.drop >= (last?.column.drop ?? 0) ? one : last),
    undefined,
  )
  if (dropped !== undefined)
    return fitInto(
      drawn.filter(({ column }) => column !== dropped.column),
      room,
    )
  // Nothing is left to go: better a narrow column than lines that the terminal breaks.
  return flexible === undefined
    ? sized
    : sized.map((one) => (one === flexible ? { ...one, width: Math.max(narrowestOfAll, one.width - over) } : one))
}

function linesOf<Row>(cells: readonly { column: Column<Row>; width: number; cell: Text }[]): readonly (readonly Text[])[] {
  const parts = cells.map(({ column, width, cell }) => {
    if (widthOf(cell) <= width) return [cell]
    if (column.wrapsAt === undefined) return [cut(cell, width)]
    const style = piecesOf(cell).find((piece) => typeof piece !== 'string')
    return wrap(plain(cell), width).map((text): Text => (typeof style === 'object' ? { ...style, text } : text))
  })
  const height = Math.max(...parts.map(({ length }) => length))
  return Array.from({ length: height }, (_, line) =>
    cells.map(({ column, width }, index) => pad(parts[index]?.[line] ?? '', width, column.align)),
  )
}

function pad(text: Text, width: number, align?: 'right'): Text {
  const blank = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'right' ? joined([blank, text]) : joined([text, blank])
}

function withoutEnd(pieces: readonly Piece[]): readonly Piece[] {
  const last = pieces.findLastIndex((piece) => plain(piece).trimEnd() !== '')
  return pieces.slice(0, last + 1).map((piece, index) => {
    if (index < last) return piece
    return typeof piece === 'string' ? piece.trimEnd() : { ...piece, text: piece.text.trimEnd() }
  })
}
