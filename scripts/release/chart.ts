import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzip, tarFolder } from './archive.ts'

/**
 * Packs deploy/chart as `helm package` does, but so that the same chart gives the same bytes; its default image is that of the release.
 *
 * @throws Error for a chart of another version, or one whose values have no place for the image
 */
export async function packChart(root: string, folder: string, image: { name: string; digest: string }, version: string): Promise<void> {
  const source = join(root, 'deploy', 'chart')
  const work = mkdtempSync(join(folder, 'chart-'))
  try {
    const chart = join(work, 'etcd-operator')
    mkdirSync(chart)
    cpSync(source, chart, { recursive: true })
    const about = readFileSync(join(chart, 'Chart.yaml'), 'utf8')
    for (const key of ['version', 'appVersion'])
      if (!new RegExp(`^${key}: ["']?${version.replaceAll('.', '\\.')}["']?$`, 'm').test(about))
        throw new Error(`deploy/chart/Chart.yaml has another ${key} than package.json, ${version}: run npm run generate`)
    // Artifact Hub shows the images of a chart.
    writeFileSync(join(chart, 'Chart.yaml'), about.replaceAll('docker.io/library/etcd-operator:dev', `${image.name}@${image.digest}`))
    const values = join(chart, 'values.yaml')
    writeFileSync(values, withImage(readFileSync(values, 'utf8'), { ...image, tag: version }))
    await tarFolder(work, join(folder, 'chart.tar'), { anyMode: true, paths: ['etcd-operator'] })
    renameSync(await gzip(join(folder, 'chart.tar')), join(folder, `etcd-operator-${version}.tgz`))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Sets repository, tag and digest of `image`, and leaves all else as it is written, comments included. */
export function withImage(values: string, { name, tag, digest }: { name: string; tag: string; digest: string }): string {
  const [, before, block, after] = /^([\s\S]*?^image:\n)((?:[ \t]+.*\n|[ \t]*\n)+)([\s\S]*)$/m.exec(values) ?? []
  if (before === undefined || block === undefined || after === undefined) throw new Error('values.yaml of the chart has no image')
  const set = (text: string, key: string, value: string) => {
    const line = new RegExp(`^([ \t]+${key}:).*$`, 'm')
    if (!line.test(text)) throw new Error(`values.yaml of the chart has no image.${key}`)
    return text.replace(line, `$1 ${value}`)
  }
  return before + set(set(set(block, 'repository', name), 'tag', tag), 'digest', digest) + after
}
