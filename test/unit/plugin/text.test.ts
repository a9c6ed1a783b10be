import { expect, test } from 'vitest'
import { paint } from '../../../src/plugin/paint.ts'
import { harmless, styled } from '../../../src/plugin/text.ts'
import { cut, widthOf } from '../../../src/plugin/width.ts'

test.each([
  ['\x1b]0;owned\x07', '\\u{1b}]0;owned\\u{7}'],
  ['\x1b[2J\x1b[H', '\\u{1b}[2J\\u{1b}[H'],
  ['\x9b31m', '\\u{9b}31m'],
  ['a\u202egnp.exe', 'a\\u{202e}gnp.exe'],
  ['two\r\nlines\tand a tab', 'two lines and a tab'],
  ['\ud800', '\\u{d800}'],
  ['Größe 数据 🦀', 'Größe 数据 🦀'],
])('%j can move no cursor', (text, expected) => {
  expect(harmless(text)).toBe(expected)
})

test('only a style that a command chose becomes a control sequence', () => {
  const line = [styled('bad', 'x\x1b[0my'), ' \x1b[31m']
  expect(paint(line, true)).toBe('\x1b[1m\x1b[31mx\\u{1b}[0my\x1b[39m\x1b[22m \\u{1b}[31m')
  expect(paint(line, false)).toBe('x\\u{1b}[0my \\u{1b}[31m')
})

test('a text is cut to columns, not to characters', () => {
  expect(paint(cut('数据数据', 5), false)).toBe('数据…')
  expect(paint(cut([styled('bad', 'abc'), 'def'], 5), false)).toBe('abcd…')
  expect([widthOf('🦀e\u0301'), widthOf('数')]).toEqual([3, 2])
})
