import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const names = ['install.yaml', 'operator.yaml', 'crds.yaml']
const devImage = 'docker.io/library/etcd-operator:dev'

/** The manifests of deploy/ with the image by its digest: what a person applies is what was released, whatever happens to the tag. */
export function writeManifests(root: string, folder: string, image: string): readonly string[] {
  for (const name of names) {
    const text = readFileSync(join(root, 'deploy', name), 'utf8')
    const found = text.split(devImage).length - 1
    const expected = name === 'crds.yaml' ? 0 : 1
    if (found !== expected) throw new Error(`deploy/${name} names the image ${devImage} ${found} times instead of ${expected}`)
    writeFileSync(join(folder, name), text.replace(devImage, image))
  }
  return names
}
