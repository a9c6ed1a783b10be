import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzip, tarFolder } from './archive.ts'

/** The image that the files of the work tree name. */
const devImage = 'docker.io/library/etcd-operator:dev'

/**
 * Packs a folder of deploy/ under another name into `<target>.tgz`, with the image of the release, by its digest, wherever it names one.
 * `change` may change the copy before.
 */
export async function packFolder(
  source: string,
  top: string,
  target: string,
  image: { readonly name: string; readonly digest: string },
  change: (folder: string) => void = () => {},
): Promise<void> {
  const work = mkdtempSync(`${target}-`)
  try {
    const folder = join(work, top)
    cpSync(source, folder, { recursive: true })
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())) {
      const file = join(entry.parentPath, entry.name)
      const text = readFileSync(file, 'utf8')
      if (text.includes(devImage)) writeFileSync(file, text.replaceAll(devImage, `${image.name}@${image.digest}`))
    }
    change(folder)
    await tarFolder(work, join(work, 'files.tar'), { anyMode: true, paths: [top] })
    renameSync(await gzip(join(work, 'files.tar')), `${target}.tgz`)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
