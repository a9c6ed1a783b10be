import { describe, expect, test } from 'vitest'
import { mayStepOff, minorSteps, newestTested, pathTo } from '../../../src/model/version-path.ts'
import { compareMinors, compareVersions, minorKey, newestSupportedMinor } from '../../../src/model/versions.ts'
import { etcdVersions } from '../../cluster/versions.ts'

describe('the way from one version to another', () => {
  const rows: readonly (readonly [running: string, wanted: string, kind: string, steps: readonly string[]])[] = [
    ['3.6.16', '3.6.16', 'same', []],
    ['3.6.11', '3.6.16', 'patch', ['3.6.16']],
    ['3.6.16', '3.6.11', 'patch', ['3.6.11']],
    ['3.5.20', '3.5.11', 'patch', ['3.5.11']],
    ['3.5.26', '3.6.3', 'up', ['3.6.3']],
    ['3.5.35', '3.6.16', 'up', ['3.6.16']],
    ['3.5.25', '3.6.16', 'up', ['3.5.35', '3.6.16']],
    ['3.5.11', '3.6.16', 'up', ['3.5.35', '3.6.16']],
    ['3.6.11', '3.7.3', 'up', ['3.7.3']],
    ['3.6.10', '3.7.3', 'up', ['3.6.16', '3.7.3']],
    ['3.6.99', '3.7.3', 'up', ['3.7.3']],
    ['3.5.35', '3.7.3', 'up', ['3.6.16', '3.7.3']],
    ['3.5.20', '3.7.3', 'up', ['3.5.35', '3.6.16', '3.7.3']],
    ['3.7.3', '3.6.16', 'down', ['3.6.16']],
    ['3.7.3', '3.6.11', 'down', ['3.6.11']],
    ['3.6.16', '3.5.35', 'down', ['3.5.35']],
    ['3.6.3', '3.5.26', 'down', ['3.5.26']],
  ]
  test.each(rows)('%s -> %s: %s', (running, wanted, kind, steps) => {
    expect(pathTo(running, wanted)).toEqual({ kind, steps })
  })

  test.each([
    ['3.7.3', '3.5.35', /set spec\.version to a 3\.6 release first/],
    ['3.7.3', '3.6.10', /3\.6\.11 or later/],
    ['3.6.16', '3.5.25', /3\.5\.26 or later/],
    ['3.5.35', '3.4.30', /not supported/],
    ['3.7.3', '3.8.0', /not supported/],
    ['3.7.3', 'latest', /not supported/],
    ['', '3.7.3', /not supported/],
  ])('there is none from %s to %s', (running, wanted, why) => {
    expect(pathTo(running, wanted)).toEqual({ kind: 'none', why: expect.stringMatching(why) })
  })

  test('each step leads one minor version on, and from a release that may be left', () => {
    for (const [running, wanted] of rows.map(([from, to]) => [from, to] as const)) {
      const path = pathTo(running, wanted)
      if (path.kind !== 'up') continue
      const all = [running, ...path.steps]
      for (const [index, to] of path.steps.entries()) {
        const from = all[index] ?? ''
        expect(compareMinors(to, from)).toBeLessThanOrEqual(1)
        if (compareMinors(to, from) === 1) expect(mayStepOff(from)).toBe(true)
      }
    }
  })
})

describe('the table of minor steps', () => {
  test('leads from the oldest supported minor version to the newest, each step with its source', () => {
    expect(minorSteps.map(({ from }) => from)).toEqual(['3.5', '3.6'])
    expect(minorSteps.map(({ to }) => to)).toEqual(['3.6', '3.7'])
    expect(minorSteps.at(-1)?.to).toBe(newestSupportedMinor)
    for (const { from, leaveFrom, source } of minorSteps) {
      expect(minorKey(leaveFrom)).toBe(from)
      expect(source).toMatch(/^https:/)
    }
  })

  test('leads through releases that the tests run with, and that may be left', () => {
    for (const version of Object.values(newestTested)) {
      expect(etcdVersions).toContain(version)
      expect(mayStepOff(version)).toBe(true)
    }
    for (const version of etcdVersions)
      expect(compareVersions(newestTested[minorKey(version) ?? '3.5'] ?? '', version)).toBeGreaterThanOrEqual(0)
  })
})
