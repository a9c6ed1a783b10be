import { expect, test } from 'vitest'
import { type Column, drawTable } from '../../../src/plugin/table.ts'
import { plain, styled } from '../../../src/plugin/text.ts'
import { widthOf } from '../../../src/plugin/width.ts'

interface Row {
  readonly name: string
  readonly size: string
  readonly message: string
}

const columns: readonly Column<Row>[] = [
  { title: 'NAME', cell: ({ name }) => styled('strong', name) },
  { title: 'SIZE', align: 'right', drop: 1, cell: ({ size }) => size },
  { title: 'NODE', drop: 2, cell: () => 'node-1' },
  { title: 'EXTRA', onlyWide: true, cell: () => 'x' },
  { title: 'NOTE', mayBeEmpty: true, cell: () => '' },
  { title: 'MESSAGE', wrapsAt: 12, cell: ({ message }) => message },
]
const rows: readonly Row[] = [
  { name: 'demo-0', size: '8Gi', message: '' },
  { name: 'demo-1', size: '10Gi', message: 'it does not answer: connection refused' },
]

function drawn(room: number | undefined, wide = false): readonly string[] {
  return drawTable(columns, rows, { columns: room, wide }).map(plain)
}

test('without a bound every column has its natural width, and no line ends in blanks', () => {
  expect(drawn(undefined)).toEqual([
    'NAME    SIZE  NODE    MESSAGE',
    'demo-0   8Gi  node-1',
    'demo-1  10Gi  node-1  it does not answer: connection refused',
  ])
})

test('a narrow terminal first breaks the long text, then loses the columns that matter least', () => {
  expect(drawn(45)).toEqual([
    'NAME    SIZE  NODE    MESSAGE',
    'demo-0   8Gi  node-1',
    'demo-1  10Gi  node-1  it does not answer:',
    '                      connection refused',
  ])
  expect(drawn(30)).toEqual([
    'NAME    SIZE  MESSAGE',
    'demo-0   8Gi',
    'demo-1  10Gi  it does not',
    '              answer:',
    '              connection',
    '              refused',
  ])
  expect(drawn(20)[0]).toBe('NAME    MESSAGE')
})

test.each([20, 24, 31, 40, 57, 80])('no line is wider than a terminal of %i columns', (room) => {
  for (const line of drawTable(columns, rows, { columns: room })) expect(widthOf(line)).toBeLessThanOrEqual(room)
})

test('whoever asks for wide gets every column, however narrow the terminal is', () => {
  expect(drawn(30, true)[0]).toBe('NAME    SIZE  NODE    EXTRA  MESSAGE')
})

test('a long word is broken, and wide characters count twice', () => {
  const lines = drawTable<string>([{ title: 'M', wrapsAt: 4, cell: (text) => text }], ['abcdefgh 数据数据'], { columns: 6 })
  expect(lines.map(plain)).toEqual(['M', 'abcdef', 'gh', '数据数', '据'])
})
