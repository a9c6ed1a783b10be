import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from './etcd-processes.ts'
import { openGateway } from './json-gateway.ts'

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

/**
 * The same beside a writer. While a page is the last of its table etcd writes it anew with each commit, so it is done again until the
 * member gives the wrong value and goes on doing so.
 */
export async function makeWrongForGood(
  member: { readonly dataDir: string; readonly endpoint: { readonly url: string } },
  key: string,
  value: string,
) {
  const gateway = openGateway(member.endpoint.url)
  let wrongSince = Number.POSITIVE_INFINITY
  await eventually('the value stays wrong', async () => {
    const isWrong = (await gateway.get(key)) === value.replace(/^./, '#')
    if (!isWrong) makeWrong(member.dataDir, value)
    wrongSince = isWrong ? Math.min(wrongSince, performance.now()) : Number.POSITIVE_INFINITY
    return performance.now() - wrongSince > 1_000 ? true : undefined
  })
}
