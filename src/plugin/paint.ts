import { styleText } from 'node:util'
import { piecesOf, plain, type Style, type Text } from './text.ts'

type Format = Parameters<typeof styleText>[0]

const formats: Readonly<Record<Style, Format>> = {
  good: 'green',
  bad: ['bold', 'red'],
  warning: 'yellow',
  faint: 'dim',
  strong: 'bold',
  command: 'cyan',
}

/** One line for the terminal, with colours or without. */
export function paint(text: Text, hasColours: boolean): string {
  return piecesOf(text)
    .map((piece) => {
      const bare = plain(piece)
      if (!hasColours || typeof piece === 'string' || bare === '') return bare
      // Whether there are colours is decided already: Node's own check would look at the environment again.
      return styleText(formats[piece.style], bare, { validateStream: false })
    })
    .join('')
}
