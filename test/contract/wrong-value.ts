import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { eventually, type MemberProcess } from './etcd-processes.ts'
import { openGateway } from './json-gateway.ts'

/**
 * Changes a value where it lies in a member's database, as a failing disk or memory does: the pages stay whole, and etcd reads the wrong
 * value at once, because it maps the file into its memory. The value must be unlike any other text of the database.
 *
 * While a page is the last of its table etcd writes it anew with each commit, and one that has begun before may still bring the right value
 * back when it ends, however long the disk takes. So it is done again until the value is wrong after several commits in a row.
 */
export async function makeWrongForGood(member: MemberProcess, key: string, value: string): Promise<void> {
  const gateway = openGateway(member.endpoint.url)
  const isWrong = async () => (await gateway.get(key)) === value.replace(/^./, '#')
  await gateway.commit()
  await eventually('the value stays wrong', async () => {
    if (!(await isWrong())) await makeWrong(member, value)
    for (let commit = 0; commit < 3; commit += 1) {
      await gateway.commit()
      if (!(await isWrong())) return
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    return true
  }).catch((error) => {
    throw new Error(member.log().slice(-2_000), { cause: error })
  })
}

/** The process stands still meanwhile: what it wrote between our look and our write, into a page that is used again, would be damaged. */
async function makeWrong(member: MemberProcess, value: string): Promise<void> {
  await member.freeze()
  try {
    const file = join(member.dataDir, 'member', 'snap', 'db')
    const content = readFileSync(file)
    const opened = openSync(file, 'r+')
    for (let at = content.indexOf(value); at !== -1; at = content.indexOf(value, at + 1)) writeSync(opened, '#', at)
    closeSync(opened)
  } finally {
    member.signal('SIGCONT')
  }
}
