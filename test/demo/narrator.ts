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
  const startMs = performance.now()
  return {
    screen,
    heading(text) {
      screen.line('')
      screen.line(paint.bold(`▸ ${text}`))
    },
    show(text) {
      for (const line of text.trimEnd().split('\n')) screen.line(`    ${paint.dim(line)}`)
    },
    say(text) {
      screen.line(`${paint.dim(`[${((performance.now() - startMs) / 1000).toFixed(1).padStart(6)} s]`)} ${text}`)
    },
  }
}
