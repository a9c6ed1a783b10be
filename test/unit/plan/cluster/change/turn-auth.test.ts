import { describe, expect, test } from 'vitest'
import type { AuthSeen, UserFacts } from '../../../../../src/model/cluster/auth-facts.ts'
import { nobodyAsks } from '../../../../../src/model/cluster/auth-facts.ts'
import { known, unknown } from '../../../../../src/model/known.ts'
import { keepAsking } from '../../../../../src/plan/cluster/change/keep-asking.ts'
import { awaitAuth, turnAuthOff, turnAuthOn } from '../../../../../src/plan/cluster/change/turn-auth.ts'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import { step } from '../../../../../src/plan/cluster/step.ts'
import { isStalled } from '../../../../../src/plan/decision.ts'
import { statusOf } from '../../../../../src/report/cluster/status.ts'
import { aCluster, type Scene } from '../../../../builders/a-cluster.ts'
import { decides, inShort } from '../../../../builders/decides.ts'

const billing: UserFacts = { name: 'billing', user: 'billing', isClaimed: true, isReady: true, why: '' }
const late: UserFacts = { name: 'late', user: 'late', isClaimed: false, isReady: false, why: 'the Secret is missing' }

function wished(enabled: boolean, seen: Partial<AuthSeen> = {}, users: readonly UserFacts[] = [billing]): Scene {
  return aCluster({ auth: { enabled }, tls: { mode: 'Required' } })
    .running()
    .with({ auth: { users, etcd: known({ ...nobodyAsks, ...seen }) } })
}

const on: Partial<AuthSeen> = {
  enabled: true,
  root: 'ready',
  users: ['billing', 'root', 'theirs'],
  roles: ['billing'],
  nobody: known('refused'),
}
const switchedOn = { auth: { enabled: true, switchedOn: true } } as const
const inOff = aCluster({ auth: { enabled: true } }).running()
const inOptional = aCluster({ auth: { enabled: true }, tls: { mode: 'Optional' } }).running()
/** Clients are to be asked for certificates, and no member has been restarted for it yet. */
const unasking = aCluster({ auth: { enabled: true }, tls: { mode: 'Required', clientCertificates: 'None' } }).running()
const toAsk = unasking
  .withSpec({ tls: { ...unasking.cluster.spec.tls, clientCertificates: 'Required' } })
  .with({ auth: { users: [], etcd: known({ ...nobodyAsks, root: 'ready' }) } })
const enabling = step('SwitchingAuth', 'on', { do: 'EnableAuth', member: 'demo-0', id: 'a0' })
const unasked = { auth: { users: [], etcd: unknown('no reply') } }

describe('turnAuthOn', () => {
  decides(turnAuthOn, {
    'has nothing to do where the spec does not ask for it': [wished(false)],
    'makes root first': [wished(true), 'PrepareRoot demo-0'],
    'goes on where root was made without its role': [wished(true, { root: 'without-role' }), 'PrepareRoot demo-0'],
    'switches it on once root and every EtcdUser are there': [wished(true, { root: 'ready' }), 'EnableAuth demo-0'],
    'switches it on where there are no EtcdUsers': [wished(true, { root: 'ready' }, []), 'EnableAuth demo-0'],
    'waits for an EtcdUser whose client would be refused': [wished(true, { root: 'ready' }, [billing, late])],
    'has nothing to do once it is on': [wished(true, on)],
    'switches it on again where somebody switched it off': [
      wished(true, { ...on, enabled: false }).withStatus(switchedOn),
      'EnableAuth demo-0',
    ],
    'does nothing before every member speaks TLS': [inOptional],
    'does nothing where etcd does not say': [wished(true).with(unasked)],
    'does nothing where clients need no certificate': [wished(true).withSpec({ tls: { clientCertificates: 'None' } })],
    'does nothing before every member asks for certificates: the operator would be nobody': [toAsk],
  })

  test('is not what is done while a roll that makes members ask for certificates waits for its window', () => {
    expect(inShort(planCluster(toAsk.outsideWindow()))).toBe('wait WaitingForWindow demo-1')
  })
})

describe('keepAsking', () => {
  const tls = wished(false).cluster.spec.tls
  const weaker = (scene: Scene, mode: 'Off' | 'Optional') => scene.withSpec({ tls: { ...tls, mode } })
  const open = (scene: Scene) => scene.withSpec({ tls: { ...tls, clientCertificates: 'None' } })
  decides(keepAsking, {
    'lets nobody give up TLS while authentication is on that somebody else switched on': [
      weaker(wished(false, on), 'Off'),
      'block AuthNeedsTls',
    ],
    'nor the half of it': [weaker(wished(false, on), 'Optional'), 'block AuthNeedsTls'],
    'nor clients’ certificates': [open(wished(false, on)), 'block AuthNeedsTls'],
    'lets all of it go once it is off': [weaker(wished(false), 'Off')],
    'waits where etcd does not say': [weaker(wished(false).with(unasked), 'Off'), 'wait NotAnswered'],
    'has nothing to say where nothing is given up': [wished(false, on)],
    'has nothing to say to what members are already': [
      inOptional.withSpec({ auth: { enabled: false } }).with({ auth: wished(false, on).auth }),
    ],
  })

  test('stands before the roll, and names the ways out', () => {
    const decision = planCluster(weaker(wished(false, on), 'Off'))
    expect(decision).toMatchObject({
      kind: 'block',
      reason: 'AuthNeedsTls',
      message: expect.stringMatching(/spec\.auth\.enabled.*etcdctl/),
    })
  })
})

describe('turnAuthOff', () => {
  decides(turnAuthOff, {
    'switches off what the operator switched on': [wished(false, on).withStatus(switchedOn), 'DisableAuth demo-0'],
    'leaves on what a person switched on by hand': [wished(false, on)],
    'leaves on what the spec asks for': [wished(true, on).withStatus(switchedOn)],
    'has nothing to do once it is off': [wished(false).withStatus(switchedOn)],
    'switches off what it announced to switch on before it died': [
      wished(false, on).withStatus(statusOf(wished(true, { root: 'ready' }), enabling)),
      'DisableAuth demo-0',
    ],
    'lets nothing go on while nobody knows whether it is off': [wished(false).withStatus(switchedOn).with(unasked), 'wait NotAnswered'],
  })
})

describe('awaitAuth', () => {
  decides(awaitAuth, {
    'is at rest where it is off and stays off': [wished(false)],
    'is at rest once it is on and proved': [wished(true, on)],
    'is at rest while the proof can not be made: the condition says so': [wished(true, { ...on, nobody: unknown('no reply') })],
    'blocks where a client that is nobody gets in': [wished(true, { ...on, nobody: known('read') }), 'block AuthNotEnforced'],
    'blocks where the members do not speak TLS': [inOff, 'block AuthNeedsTls'],
    'leaves the word to the roll that brings TLS': [inOff.withSpec({ tls: { ...inOff.cluster.spec.tls, mode: 'Required' } })],
    'waits for users': [wished(true, { root: 'ready' }, [billing, late]), 'wait AwaitingUsers'],
    'waits for etcd': [wished(true).with(unasked), 'wait NotAnswered'],
    'is at rest where it was on and etcd is late with its answer': [wished(true).withStatus(switchedOn).with(unasked)],
  })

  test('names the users, why, and the way out, and is Stalled when that lasts', () => {
    const decision = awaitAuth(wished(true, { root: 'ready' }, [billing, late]))
    expect(decision).toMatchObject({ message: expect.stringMatching(/EtcdUser late \(the Secret is missing\).*correct or delete/) })
    expect([isStalled(decision ?? { kind: 'steady' }), isStalled(decision ?? { kind: 'steady' }, 11 * 60_000)]).toEqual([false, true])
  })
})

describe('the status', () => {
  const statusFor = (scene: Scene) => statusOf(scene, { kind: 'steady' })
  const authenticated = (scene: Scene) => statusFor(scene).conditions?.find(({ type }) => type === 'Authenticated')

  test('lists what the operator made, and none of what others made', () => {
    expect(statusFor(wished(true, on)).auth).toEqual({
      enabled: true,
      switchedOn: true,
      managed: { users: ['billing', 'root'], roles: ['billing'] },
    })
    expect(statusFor(wished(false, on, [late])).auth).toEqual({ enabled: true, managed: { users: [], roles: [] } })
  })

  test('keeps what it said while etcd does not answer, and forgets what etcd has no more', () => {
    const before = { enabled: true, switchedOn: true, managed: { users: ['gone', 'root'], roles: ['gone'] } }
    expect(statusFor(wished(true, on).withStatus({ auth: before }).with(unasked)).auth).toEqual(before)
    expect(statusFor(wished(true, on, []).withStatus({ auth: before })).auth?.managed).toEqual({ users: ['root'], roles: [] })
  })

  test('says Authenticated only where it was proved', () => {
    expect(authenticated(wished(false))).toMatchObject({ status: 'False', reason: 'AuthOff' })
    expect(authenticated(wished(true, on))).toMatchObject({
      status: 'True',
      reason: 'AuthProved',
      message: expect.not.stringContaining('ways around'),
    })
    expect(authenticated(wished(true, { ...on, nobody: unknown('no reply') }))).toMatchObject({ status: 'Unknown' })
    expect(authenticated(wished(true, { ...on, nobody: known('read') }))).toMatchObject({ status: 'False', reason: 'AuthNotEnforced' })
    expect(authenticated(wished(true).with(unasked))).toMatchObject({ status: 'Unknown' })
    expect(authenticated(wished(false, on))).toMatchObject({
      status: 'True',
      message: expect.stringContaining('somebody else switched it on'),
    })
  })

  test('names the users of others, who may do more than anybody knows', () => {
    expect(authenticated(wished(true, on))?.message).toMatch(/users that the operator did not make, and leaves alone: theirs$/)
    expect(authenticated(wished(true, { ...on, users: ['billing', 'root'] }))?.message).not.toContain('did not make')
    const many = ['billing', 'root', 'e', 'd', 'c', 'b', 'a']
    expect(authenticated(wished(true, { ...on, users: many }))?.message).toMatch(/: a, b, c and 2 more$/)
  })

  test.each([
    ['3.5.32', '3.5.33'],
    ['3.6.13', '3.6.14'],
    ['3.7.0', '3.7.1'],
  ])('warns of %s, which has ways around authentication that %s has not', (version, fixed) => {
    const scene = (running: string) =>
      aCluster({ version: running, auth: { enabled: true } })
        .running()
        .with({ auth: { users: [], etcd: known({ ...nobodyAsks, ...on }) } })
    expect(authenticated(scene(version))?.message).toContain(`set spec.version to ${fixed} or later`)
    expect(authenticated(scene(fixed))?.message).not.toContain('spec.version')
  })
})
