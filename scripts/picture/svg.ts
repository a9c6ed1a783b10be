/** The few shapes that a picture of a dashboard needs. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

export const colors = {
  page: '#f4f5f5',
  panel: '#ffffff',
  border: '#dfe1e4',
  grid: '#e6e8eb',
  text: '#24292e',
  faint: '#6e7681',
} as const

/** Of the lines of a graph, in their order: told apart by people who see no red or no green, too. */
export const lineColors = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#7a6a00', '#5b5b5b'] as const

const named: Readonly<Record<string, string>> = { green: '#3d8b40', orange: '#d9730d', red: '#cf3030' }

/** A colour of a threshold. */
export function colorOf(name: string): string {
  return named[name] ?? name
}

export function rect({ x, y, w, h }: Box, fill: string, more = ''): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(w)}" height="${round(h)}" fill="${fill}" ${more}/>`
}

export interface TextOptions {
  readonly size?: number
  readonly color?: string
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly isBold?: boolean
}

/** Cut where it would be wider than `width`, by what letters of this size take as a rule. */
export function text(x: number, y: number, words: string, width: number, options: TextOptions = {}): string {
  const { size = 12, color = colors.text, anchor = 'start', isBold = false } = options
  const fit = Math.max(1, Math.floor(width / (size * 0.56)))
  const cut = words.length > fit ? `${words.slice(0, fit - 1)}…` : words
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${color}" text-anchor="${anchor}"${isBold ? ' font-weight="600"' : ''}>${escaped(cut)}</text>`
}

export function line(points: readonly (readonly [x: number, y: number])[], color: string, more = ''): string {
  const path = points.map(([x, y]) => `${round(x)},${round(y)}`).join(' ')
  return `<polyline points="${path}" fill="none" stroke="${color}" ${more}/>`
}

export function svg(width: number, height: number, parts: readonly string[]): string {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="Helvetica, Arial, sans-serif">`
  return `${[head, rect({ x: 0, y: 0, w: width, h: height }, colors.page), ...parts, '</svg>'].join('\n')}\n`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
