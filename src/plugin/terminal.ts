import { paint } from './paint.ts'
import type { Text } from './text.ts'

/** Where a command prints to. */
export interface Terminal {
  /** Columns; undefined where the output is no terminal: then nothing is cut. */
  readonly columns: number | undefined
  readonly rows: number | undefined
  /** Whether the standard input is a terminal, too. */
  readonly reads: boolean
  /** Lines of the answer. */
  print(...lines: readonly Text[]): void
  /** Lines about the answer, on standard error: hints, progress, errors. */
  note(...lines: readonly Text[]): void
  /** Output for programs, as it is; for JSON, scripts and archives, never for what an object says. */
  write(data: string | Uint8Array): void
  /** Draws over what `repaint` drew before; without a terminal, one after the other. */
  repaint(lines: readonly Text[]): void
}

/** The part of a stream that is used. */
export interface Stream {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(data: string | Uint8Array): unknown
}

export interface TerminalOptions {
  readonly stdout: Stream
  readonly stderr: Stream
  readonly stdin?: { readonly isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
  /** `--no-color` was given. */
  readonly plain?: boolean
}

export function openTerminal({ stdout, stderr, stdin, env, plain = false }: TerminalOptions): Terminal {
  const colours = { stdout: hasColours(stdout, env, plain), stderr: hasColours(stderr, env, plain) }
  return {
    // Asked again each time: a terminal may be resized.
    get columns() {
      return stdout.isTTY ? stdout.columns || Number(env.COLUMNS) || 80 : undefined
    },
    get rows() {
      return stdout.isTTY ? stdout.rows || Number(env.LINES) || 24 : undefined
    },
    reads: stdin?.isTTY === true,
    print: (...lines) => void stdout.write(lines.map((line) => `${paint(line, colours.stdout)}\n`).join('')),
    note: (...lines) => void stderr.write(lines.map((line) => `${paint(line, colours.stderr)}\n`).join('')),
    write: (data) => void stdout.write(data),
    repaint(lines) {
      if (!stdout.isTTY) return void stdout.write(`${lines.map((line) => paint(line, false)).join('\n')}\n\n`)
      const room = Math.max(1, (this.rows ?? 24) - 1)
      const shown = lines.length <= room ? lines : [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more lines`]
      // To the upper left corner; each line ends with "erase to its end", and the last with "erase what is below".
      stdout.write(`\x1b[H${shown.map((line) => `${paint(line, colours.stdout)}\x1b[K\n`).join('')}\x1b[J`)
    },
  }
}

/** https://no-color.org, and FORCE_COLOR as Node has it for pagers. */
function hasColours(stream: Stream, env: TerminalOptions['env'], isPlain: boolean): boolean {
  if (isPlain || env.NO_COLOR) return false
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0'
  return stream.isTTY === true && env.TERM !== 'dumb'
}
