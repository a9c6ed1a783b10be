import { describe, expect, test } from 'vitest'
import type { StepContext } from '../../../../src/act/cluster/performer.ts'
import { perform } from '../../../../src/act/cluster/steps.ts'
import { Failure } from '../../../../src/adapters/failure.ts'
import { nobodyAsks } from '../../../../src/model/cluster/auth-facts.ts'
import { known } from '../../../../src/model/known.ts'
import { turnAuthOff, turnAuthOn } from '../../../../src/plan/cluster/change/turn-auth.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'
import { FakeAuth } from '../../../builders/fake-auth.ts'

/** What a look at this etcd shows. */
async function sceneOf(auth: FakeAuth, enabled: boolean): Promise<Scene> {
  const roles = auth.userRoles.get('root')
  const root = roles === undefined ? 'absent' : roles.has('root') ? 'ready' : 'without-role'
  const etcd = known({ ...nobodyAsks, enabled: auth.enabled, root } as const)
  return aCluster({ auth: { enabled }, tls: { mode: 'Required' } })
    .running()
    .withStatus({ auth: { enabled: auth.enabled, switchedOn: true } })
    .with({ auth: { users: [], etcd } })
}

/** Looks, plans and acts until nothing is left to do; an operator that dies is started again. */
async function settle(auth: FakeAuth, enabled: boolean): Promise<number> {
  for (let pass = 0; pass < 20; pass++) {
    const view = await sceneOf(auth, enabled)
    const decision = turnAuthOff(view) ?? turnAuthOn(view)
    if (decision?.kind !== 'step') return pass
    const etcd = { ...auth, status: async () => ({ memberId: 'a0' }) }
    const context = { etcd, view, signal: new AbortController().signal } as unknown as StepContext
    await perform(context, decision.step.do, decision.step).catch(() => undefined)
  }
  throw new Error('not settled')
}

describe('authentication', () => {
  test.each(['before', 'after'] as const)('comes on, and goes off, whatever the operator dies of %s each call', async (when) => {
    for (let n = 1; n <= 5; n++) {
      const auth = new FakeAuth()
      let calls = 0
      const die = (call: string) => (/Enable|Disable|Write/.test(call) && ++calls === n ? new Failure('unavailable', 'died') : undefined)
      if (when === 'before') auth.refuses = die
      else auth.loses = die
      await settle(auth, true)
      expect([auth.enabled, auth.userRoles.get('root')]).toEqual([true, new Set(['root'])])
      expect(auth.writes.filter((write) => write === 'AddUser')).toHaveLength(1)
      expect(auth.passwords.get('root')?.length).toBeGreaterThan(30)
      await settle(auth, false)
      // Users stay: they are there when it comes on again.
      expect([auth.enabled, auth.userRoles.has('root')]).toEqual([false, true])
    }
  })

  test('is asked of the very member that was looked at', async () => {
    const auth = new FakeAuth()
    const view = await sceneOf(auth, true)
    const context = { etcd: { ...auth, status: async () => ({ memberId: 'b7' }) }, view, signal: new AbortController().signal }
    const step = { do: 'EnableAuth', member: 'demo-0', id: 'a0' } as const
    await expect(perform(context as unknown as StepContext, step.do, step)).rejects.toMatchObject({ kind: 'conflict' })
  })

  test('leaves the password of a root that somebody made', async () => {
    const auth = new FakeAuth()
    auth.userRoles.set('root', new Set())
    auth.passwords.set('root', 'theirs')
    await settle(auth, true)
    expect([auth.enabled, auth.passwords.get('root')]).toEqual([true, 'theirs'])
  })
})
