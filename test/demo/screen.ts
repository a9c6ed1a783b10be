import { stripVTControlCharacters, styleText } from 'node:util'

/**
 * Lines that scroll, and below them a board that stays in place and is drawn over. Where the output is no terminal there is
 * no board: the lines alone tell the story.
 */
export interface Screen {
  readonly isLive: boolean
  line(text: string): void
  board(lines: readonly string[]): void
  /** Leaves the last board where it is. */
  end(): void
}

type Output = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>

export function openScreen(output: Output): Screen {
  let shown: readonly string[] = []
  const isLive = output.isTTY === true

  const erase = () => (shown.length === 0 ? '' : `\x1b[${shown.length}A\x1b[0J`)
  const drawn = () => shown.map((text) => `${fitted(text, output.columns)}\n`).join('')
  return {
    isLive,
    line(text) {
      output.write(`${erase()}${text}\n${drawn()}`)
    },
    board(lines) {
      if (!isLive) return
      const before = erase()
      shown = lines
      output.write(before + drawn())
    },
    end() {
      shown = []
    },
  }
}

/** A line that wraps would take two rows, and the next drawing would erase one too few. */
function fitted(text: string, columns: number): string {
  const plain = stripVTControlCharacters(text)
  return plain.length < columns ? text : `${plain.slice(0, Math.max(0, columns - 2))}…`
}

/** Colours, where the output is a terminal that has any. */
export const paint = {
  bold: (text: string) => styleText('bold', text),
  dim: (text: string) => styleText('dim', text),
  good: (text: string) => styleText('green', text),
  bad: (text: string) => styleText('red', text),
  busy: (text: string) => styleText('yellow', text),
}
