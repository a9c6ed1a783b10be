import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Changes a value where it lies in a member's database, as a failing disk or memory does: the pages stay whole, and etcd reads the wrong
 * value at once, because it maps the file into its memory. The value must be unlike any other text of the database.
 */
export function makeWrong(dataDir: string, value: string): void {
  const file = join(dataDir, 'member', 'snap', 'db')
  const content = readFileSync(file)
  const places: number[] = []
  for (let at = content.indexOf(value); at !== -1; at = content.indexOf(value, at + 1)) places.push(at)
  if (places.length === 0) throw new Error(`${file} does not hold ${value}`)
  const opened = openSync(file, 'r+')
  for (const place of places) writeSync(opened, value.replace(/^./, '#'), place)
  closeSync(opened)
}
