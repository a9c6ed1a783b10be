/**
 * What commands print: plain text in pieces, some of them with a style. Only `paint` makes bytes of it, and makes each piece harmless
 * first, so that no name or message of an object can reach the terminal as a control sequence.
 */
export type Text = Piece | readonly Piece[]
export type Piece = string | { readonly text: string; readonly style: Style }
/** What a piece means, rather than how it looks. */
export type Style = 'good' | 'bad' | 'warning' | 'faint' | 'strong' | 'command'

export function styled(style: Style, text: string): Piece {
  return { text, style }
}

/** The pieces of several texts, one after the other. */
export function joined(texts: readonly Text[], separator = ''): readonly Piece[] {
  return texts.flatMap((text, index) => [...(index > 0 && separator !== '' ? [separator] : []), ...piecesOf(text)])
}

export function piecesOf(text: Text): readonly Piece[] {
  return typeof text === 'string' || 'style' in text ? [text] : text
}

/** The text without its styles, harmless. */
export function plain(text: Text): string {
  return piecesOf(text)
    .map((piece) => harmless(typeof piece === 'string' ? piece : piece.text))
    .join('')
}

/**
 * Without anything that moves a cursor, colours, rings, or turns the direction of writing: control characters (C0, C1, DEL), and Unicode's
 * marks of direction and line separators. Breaks and tabs become a space; the others become visible as `\u{1b}`.
 */
export function harmless(text: string): string {
  return text.replace(/[\t\n\r]+/g, ' ').replace(dangerous, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}

const dangerous = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\p{Cs}/gu
