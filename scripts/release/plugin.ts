import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gzip, tarFolder } from './archive.ts'

export const plugin = 'kubectl-etcd'

/** The plugin as one file, and as a package that `npm install --global` takes, which adds the name by which kubectl asks for completions. */
export async function packPlugin(programs: string, folder: string, version: string): Promise<void> {
  copyFileSync(join(programs, plugin), join(folder, plugin))
  const work = mkdtempSync(join(folder, 'plugin-'))
  try {
    mkdirSync(join(work, 'package'))
    for (const file of ['package.json', plugin]) copyFileSync(join(programs, file), join(work, 'package', file))
    await tarFolder(work, join(folder, 'plugin.tar'), { anyMode: true, paths: ['package'] })
    renameSync(await gzip(join(folder, 'plugin.tar')), join(folder, `${plugin}-${version}.tgz`))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
