import { tryRun } from '../../test/cluster/command.ts'

/** What the files of a release are made from. */
export interface Source {
  /** Undefined outside of a git work tree. */
  readonly revision: string | undefined
  /** RFC 3339: the time of the commit, which the files bear instead of the time of the build. */
  readonly time: string
  /** Whether files differ from the commit. */
  readonly isChanged: boolean
}

export async function sourceOf(root: string): Promise<Source> {
  const inTree = (await tryRun('git', ['rev-parse', '--show-prefix'], { cwd: root }))?.trim() === ''
  const [revision, seconds] = inTree
    ? ((await tryRun('git', ['log', '-1', '--format=%H %ct'], { cwd: root }))?.trim().split(' ') ?? [])
    : []
  const changes = inTree ? await tryRun('git', ['status', '--porcelain'], { cwd: root }) : undefined
  return { revision, time: rfc3339(Number(process.env.SOURCE_DATE_EPOCH ?? seconds ?? 0)), isChanged: (changes ?? '').trim() !== '' }
}

function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
