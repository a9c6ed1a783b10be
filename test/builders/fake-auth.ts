import type { AuthWrite, EtcdAuth } from '../../src/adapters/etcd/auth-calls.ts'
import { Failure } from '../../src/adapters/failure.ts'
import type { MemberEndpoint } from '../../src/model/names.ts'
import type { EtcdPermission } from '../../src/model/user/permission.ts'

/** Users, roles and permissions as etcd keeps them; the contract tests hold this against real members. */
export class FakeAuth implements EtcdAuth {
  readonly userRoles = new Map<string, Set<string>>()
  readonly passwords = new Map<string, string>()
  readonly permissions = new Map<string, EtcdPermission[]>()
  enabled = false
  revision = 1
  logins = 0
  /** The writes that were taken. */
  readonly writes: AuthWrite['do'][] = []
  /** Fails a call, before or after it was carried out. */
  refuses: (call: string) => Failure | undefined = () => undefined
  loses: (call: string) => Failure | undefined = () => undefined

  readonly authStatus = async () => this.#answer('authStatus', { enabled: this.enabled, revision: String(this.revision) })
  readonly users = async () => this.#answer('users', [...this.userRoles.keys()].toSorted())
  readonly roles = async () => this.#answer('roles', [...this.permissions.keys()].toSorted())
  readonly rolesOf = async (_: MemberEndpoint, user: string) => this.#answer('rolesOf', sorted(this.userRoles.get(user)))
  readonly permissionsOf = async (_: MemberEndpoint, role: string) => this.#answer('permissionsOf', this.permissions.get(role)?.slice())
  readonly canRead = async ({ credentials = '' }: MemberEndpoint) =>
    this.#answer('canRead', this.enabled && credentials.endsWith('#nobody') ? ('refused' as const) : ('read' as const))

  readonly authEnable = async () =>
    this.#carryOut('authEnable', () => {
      if (!this.userRoles.has('root')) throw new Failure('rejected', 'root user does not exist')
      if (!this.userRoles.get('root')?.has('root')) throw new Failure('rejected', 'root user does not have root role')
      this.enabled = true
    })

  readonly authDisable = async () =>
    this.#carryOut('authDisable', () => {
      this.enabled = false
    })

  readonly authenticate = async (_: MemberEndpoint, user: string, password: string) => {
    this.logins += 1
    if (!this.enabled) return this.#answer('authenticate', 'off' as const)
    return this.#answer('authenticate', this.passwords.get(user) === password ? ('accepted' as const) : ('refused' as const))
  }

  readonly authWrite = async (_: MemberEndpoint, write: AuthWrite) =>
    this.#carryOut(`authWrite ${write.do}`, () => {
      this.#write(write)
      this.writes.push(write.do)
    })

  #write(write: AuthWrite): void {
    this.revision += 1
    switch (write.do) {
      case 'AddUser':
        if (write.password === '') throw new Error('a user without a password is one for ever')
        if (this.userRoles.has(write.user)) throw new Failure('conflict', 'user name already exists')
        this.userRoles.set(write.user, new Set())
        this.passwords.set(write.user, write.password)
        return
      case 'ChangePassword':
        if (!this.userRoles.has(write.user)) throw new Failure('rejected', 'user name not found')
        this.passwords.set(write.user, write.password)
        return
      case 'DeleteUser':
        if (this.enabled && write.user === 'root') throw new Failure('rejected', 'invalid auth management')
        this.userRoles.delete(write.user)
        return
      case 'GrantRole':
        if (write.role !== 'root' && !this.permissions.has(write.role)) throw new Failure('rejected', 'role name not found')
        this.userRoles.get(write.user)?.add(write.role)
        return
      case 'RevokeRole':
        this.userRoles.get(write.user)?.delete(write.role)
        return
      case 'AddRole':
        if (this.permissions.has(write.role)) throw new Failure('conflict', 'role name already exists')
        this.permissions.set(write.role, [])
        return
      case 'DeleteRole':
        this.permissions.delete(write.role)
        for (const roles of this.userRoles.values()) roles.delete(write.role)
        return
      case 'GrantPermission':
        this.permissions.set(write.role, [...this.#without(write.role, write.permission), write.permission])
        return
      case 'RevokePermission':
        this.permissions.set(write.role, this.#without(write.role, write))
        return
    }
  }

  #without(role: string, { key, rangeEnd }: Pick<EtcdPermission, 'key' | 'rangeEnd'>): EtcdPermission[] {
    return (this.permissions.get(role) ?? []).filter((one) => one.key !== key || one.rangeEnd !== rangeEnd)
  }

  #answer<T>(call: string, value: T): T {
    const refusal = this.refuses(call)
    if (refusal !== undefined) throw refusal
    return value
  }

  #carryOut(call: string, change: () => void): void {
    this.#answer(call, undefined)
    change()
    const loss = this.loses(call)
    if (loss !== undefined) throw loss
  }
}

function sorted(roles: ReadonlySet<string> | undefined): readonly string[] | undefined {
  return roles && [...roles].toSorted()
}
