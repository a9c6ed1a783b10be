import { describe, expect, test } from 'vitest'
import {
  compareVersions,
  hasMaxLearners,
  isSupported,
  minorKey,
  parseVersion,
  readyzRefusesLearners,
  updatePromotesLearner,
  whyNotOpen,
} from '../../../src/model/versions.ts'

describe('versions', () => {
  test('are read as x.y.z and nothing else', () => {
    expect(parseVersion('3.6.16')).toEqual({ major: 3, minor: 6, patch: 16 })
    for (const text of ['', 'v3.6.16', '3.6', '3.6.16-rc.1', '3.6.016', '3.6.16 ', '3.6.1234567'])
      expect(parseVersion(text)).toBeUndefined()
  })

  test('are ordered by number, not by text', () => {
    expect(['3.6.2', '3.5.35', '3.6.16', '3.10.0'].sort((a, b) => compareVersions(a, b) ?? 0)).toEqual([
      '3.5.35',
      '3.6.2',
      '3.6.16',
      '3.10.0',
    ])
    expect(compareVersions('3.6.1', 'latest')).toBeUndefined()
  })

  test('since 3.5.19 are those whose learners are never ready', () => {
    const all = ['3.5.11', '3.5.18', '3.5.19', '3.5.35', '3.6.0', '3.7.3', 'latest']
    expect(all.filter(readyzRefusesLearners)).toEqual(['3.5.19', '3.5.35', '3.6.0', '3.7.3'])
  })

  test('lose a learner by MemberUpdate below the patch that mended it', () => {
    const all = ['3.5.30', '3.5.31', '3.5.35', '3.6.0', '3.6.11', '3.6.12', '3.6.16', '3.7.3', 'latest']
    expect(all.filter(updatePromotesLearner)).toEqual(['3.5.30', '3.6.0', '3.6.11', 'latest'])
  })

  test('have a minor key', () => {
    expect(minorKey('3.6.16')).toBe('3.6')
    expect(minorKey('latest')).toBeUndefined()
  })

  test.each([
    ['3.5.10', false],
    ['3.5.11', true],
    ['3.6.0', true],
    ['3.7.99', true],
    ['3.8.0', false],
    ['4.0.0', false],
    ['3.4.30', false],
    ['latest', false],
  ])('%s is supported: %s', (version, supported) => {
    expect(isSupported(version)).toBe(supported)
  })

  test('know max-learners since 3.6', () => {
    expect([
      hasMaxLearners('3.5.35'),
      hasMaxLearners('3.6.0'),
      hasMaxLearners('3.7.3'),
      hasMaxLearners('4.0.0'),
      hasMaxLearners('latest'),
    ]).toEqual([false, true, true, true, false])
  })
})

describe('a stored file can be opened', () => {
  test.each([
    ['3.6', '3.6.0'],
    ['3.5', '3.6.16'],
    ['3.6', '3.7.3'],
    ['3.6', 'latest'],
  ])('%s by %s', (stored, target) => {
    expect(whyNotOpen(stored, target)).toBeUndefined()
  })

  test.each([
    ['3.7', '3.6.16', 'NewerVersion'],
    ['3.6', '3.5.35', 'NewerVersion'],
    ['4.0', '3.7.3', 'NewerVersion'],
    ['3.5', '3.7.3', 'VersionTooOld'],
    ['nonsense', '3.6.16', 'NewerVersion'],
  ])('but not %s by %s: %s', (stored, target, reason) => {
    expect(whyNotOpen(stored, target)).toMatchObject({ reason, message: expect.stringContaining(stored) })
  })
})
