import { dump, load } from 'js-yaml'

/** YAML of a value; with `quoted` every text is in quotes, for readers of YAML 1.1, where a bare `on` or `12:30` is no text. */
export function writeYaml(value: object, { quoted = false } = {}): string {
  return dump(value, { forceQuotes: quoted, lineWidth: -1 })
}

/** @throws Error for what is not YAML */
export function readYaml(text: string): unknown {
  return load(text)
}
