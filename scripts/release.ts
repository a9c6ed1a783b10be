import { parseArgs } from 'node:util'
import { timedProgress } from '../test/cluster/progress.ts'
import { makeRelease } from './release/make-release.ts'
import { updateBase } from './release/update-base.ts'

/** `npm run release`: makes all files of a release, and publishes nothing. docs/releasing.md */
const root = new URL('..', import.meta.url).pathname

const { values } = parseArgs({
  options: {
    'dry-run': { type: 'boolean' },
    'update-base': { type: 'boolean' },
    image: { type: 'string' },
    out: { type: 'string' },
  },
})

if (values['update-base']) await updateBase(root).catch(end)
else if (values['dry-run']) await makeRelease(root, { image: values.image, out: values.out }, timedProgress()).catch(end)
else {
  console.error(
    [
      'Nothing was made or published.',
      '',
      '  npm run release -- --dry-run       makes all files of a release in dist/release-<version>',
      '  npm run release -- --update-base   pins the newest packages of Debian, and Node, that the image is made of',
      '',
      'A release is published by .github/workflows/release.yaml alone, when a tag v<version> is pushed: it makes the same files by the same',
      'command, signs them with the identity of the workflow, and needs no key of a person. docs/releasing.md',
    ].join('\n'),
  )
  process.exitCode = 2
}

function end(error: unknown): void {
  console.error(`\nno release was made: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
