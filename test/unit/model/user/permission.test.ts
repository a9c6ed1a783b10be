import { describe, expect, it } from 'vitest'
import { type EtcdPermission, permissionChanges, wishedPermissions } from '../../../../src/model/user/permission.ts'
import { aUserSpec } from '../../../builders/a-user.ts'

describe('the permissions that a spec asks for', () => {
  it.each([
    ['a key', { key: 'a' }, 'a', ''],
    ['a prefix', { prefix: 'billing/' }, 'billing/', 'billing0'],
    ['every key', { prefix: '' }, '\0', '\0'],
    ['a range', { range: { from: 'a', to: 'm' } }, 'a', 'm'],
    ['a prefix in UTF-8, by its bytes', { prefix: 'ü' }, '\xc3\xbc', '\xc3\xbd'],
    ['a prefix whose last byte is the largest of UTF-8', { prefix: '\u{7f}' }, '\x7f', '\x80'],
  ])('%s', (_, where, key, rangeEnd) => {
    expect(wishedPermissions(aUserSpec({ permissions: [{ access: 'Read', ...where }] }))).toEqual([{ access: 'Read', key, rangeEnd }])
  })

  it('joins what is said twice of one range, because etcd keeps one access for it', () => {
    const permissions = [
      { access: 'Read', prefix: 'a/' },
      { access: 'Write', range: { from: 'a/', to: 'a0' } },
      { access: 'Read', key: 'b' },
      { access: 'Read', key: 'b' },
    ] as const
    expect(wishedPermissions(aUserSpec({ permissions }))).toEqual([
      { access: 'ReadWrite', key: 'a/', rangeEnd: 'a0' },
      { access: 'Read', key: 'b', rangeEnd: '' },
    ])
  })
})

describe('the differences', () => {
  const app: EtcdPermission = { access: 'ReadWrite', key: 'app/', rangeEnd: 'app0' }

  it('are none where everything is right: a grant that is repeated would fail requests in flight', () => {
    expect(permissionChanges([app], [app])).toEqual({ grant: [], revoke: [] })
  })

  it('replace another access by a grant alone', () => {
    expect(permissionChanges([app], [{ ...app, access: 'Read' }])).toEqual({ grant: [app], revoke: [] })
  })

  it('revoke what the spec does not ask for', () => {
    const other: EtcdPermission = { access: 'Read', key: 'app/', rangeEnd: '' }
    expect(permissionChanges([app], [app, other])).toEqual({ grant: [], revoke: [other] })
  })
})
