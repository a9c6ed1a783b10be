import { globSync } from 'node:fs'
import { load } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { root, text } from '../deploy/files.ts'

interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, Job>>
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>
  readonly 'timeout-minutes'?: number
  readonly steps: readonly { readonly uses?: string; readonly run?: string; readonly with?: Readonly<Record<string, unknown>> }[]
}

const files = globSync('.github/workflows/*', { cwd: root }).toSorted()
const read = (file: string) => load(text(file)) as Workflow

test('there is one for every change and one for releases', () => {
  expect(files).toEqual(expect.arrayContaining(['.github/workflows/ci.yaml', '.github/workflows/release.yaml']))
})

describe.each(files)('%s', (file) => {
  const { permissions, jobs } = read(file)

  test('may write nothing that a job does not ask for, and ends', () => {
    expect(Object.values(permissions ?? { all: 'write' }).filter((right) => right !== 'read')).toEqual([])
    for (const [name, job] of Object.entries(jobs)) expect(job['timeout-minutes'], name).toBeGreaterThan(0)
  })

  test('pins every action to a commit, and says which version that is', () => {
    const uses = [...text(file).matchAll(/uses: (.*)$/gm)].map(([, value]) => value)
    expect(uses.length).toBeGreaterThan(0)
    expect(uses.filter((value) => !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(value ?? ''))).toEqual([])
  })

  test('leaves no credentials in the work tree, and puts no text of a stranger into a script', () => {
    const steps = Object.values(jobs).flatMap((job) => job.steps)
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'))
    expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).toEqual([])
    // What stands in ${{ }} is pasted into the script before a shell reads it.
    expect(steps.filter(({ run }) => run?.includes('${{'))).toEqual([])
  })
})

describe('the release', () => {
  const { jobs } = read('.github/workflows/release.yaml')

  test('is made without the right to write, and published without code of this repository', () => {
    expect(jobs.files?.permissions).toEqual({ contents: 'read' })
    expect(jobs.publish?.steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'))).toEqual([])
    expect(jobs.publish?.steps.flatMap(({ run }) => run ?? []).filter((script) => /\bnpm\b|\bnode\b/.test(script))).toEqual([])
  })

  test('is checked before anything is signed, and shown last', () => {
    const scripts = (jobs.publish?.steps ?? []).map(({ run = '' }) => run)
    const at = (what: string) => scripts.findIndex((script) => script.includes(what))
    const order = ['sha256sum --check', 'skopeo copy --all --preserve-digests', 'cosign sign', 'helm push', 'gh release create'].map(at)
    expect(order).not.toContain(-1)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    expect(order.at(-1)).toBe(scripts.length - 1)
  })
})
