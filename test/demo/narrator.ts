import { timedProgress } from '../cluster/progress.ts'
import { openScreen, paint, type Screen } from './screen.ts'

/** Tells what happens: headings, the manifests that are applied, and lines with the time since the start. */
export interface Narrator {
  readonly screen: Screen
  heading(text: string): void
  /** A manifest. */
  show(text: string): void
  say(text: string): void
}

export function openNarrator(): Narrator {
  const screen = openScreen(process.stdout)
  return {
    screen,
    heading(text) {
      screen.line('')
      screen.line(paint.bold(`▸ ${text}`))
    },
    show(text) {
      for (const line of text.trimEnd().split('\n')) screen.line(`    ${paint.dim(line)}`)
    },
    say: timedProgress((text) => screen.line(paintTime(text.trimEnd()))),
  }
}

function paintTime(line: string): string {
  return line.replace(/^\[.*? s\]/, (time) => paint.dim(time))
}
