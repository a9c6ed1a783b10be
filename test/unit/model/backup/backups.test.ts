import { describe, expect, test } from 'vitest'
import { backupName, isOfSchedule, takenAt } from '../../../../src/model/backup/backups.ts'
import { aBackupOf, anEtcdBackupSchedule, at } from '../../../builders/a-schedule.ts'

const schedule = anEtcdBackupSchedule()

describe('the backup of a run', () => {
  test('is named by its scheduled time in UTC', () => {
    expect(backupName(schedule, at('09:15'))).toBe('often-20261121091500')
  })

  test('was taken at that time, however late it began', () => {
    expect(takenAt(aBackupOf(schedule, at('09:15'), { created: at('09:24') }))).toBe(at('09:15'))
  })

  test('was not taken in the future that a clock far ahead told', () => {
    expect(takenAt(aBackupOf(schedule, at('09:15', '2027-11-21'), { created: at('09:20') }))).toBe(at('09:20'))
  })

  test('is known by its label, its name and its namespace', () => {
    const backup = aBackupOf(schedule, at('09:15'))
    expect(isOfSchedule(schedule, backup)).toBe(true)
    expect(isOfSchedule(schedule, { ...backup, metadata: { ...backup.metadata, namespace: 'other' } })).toBe(false)
    expect(isOfSchedule(schedule, aBackupOf(schedule, at('09:15'), { labels: {} }))).toBe(false)
  })

  test.each(['often', 'often-copy', 'often-20261121091500-copy', 'often-20261399999999', 'seldom-20261121091500'])(
    'is not a copy with its label that is named %s',
    (name) => {
      expect(isOfSchedule(schedule, aBackupOf(schedule, at('09:15'), { name }))).toBe(false)
    },
  )
})

test.each(['often-by-hand', 'often-20261399999999', 'seldom-20261121091500'])('a backup named %s was taken when it was begun', (name) => {
  expect(takenAt(aBackupOf(schedule, at('09:20'), { name }))).toBe(at('09:20'))
})
