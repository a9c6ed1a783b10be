import { expect, test } from 'vitest'
import { rfc3339 } from '../../../src/model/rfc3339.ts'

test('a time is written as Kubernetes writes it', () => {
  expect(rfc3339(Date.parse('2026-11-21T10:00:00.999Z'))).toBe('2026-11-21T10:00:00Z')
})
