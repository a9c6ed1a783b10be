import { describe, expect, test } from 'vitest'
import { argsFor, problemsOfArgs } from '../../../../src/objects/etcd-config/args-of.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'

type Args = Readonly<Record<string, string>>

const running = (version: string, extraArgs: Args) => aCluster({ version, etcd: { extraArgs } }).running().withCurrentConfigs()
const asks = (scene: Scene, version: string, extraArgs: Args) =>
  scene.withSpec({ version, etcd: { ...scene.cluster.spec.etcd, extraArgs } })
const old = { 'experimental-memory-mlock': 'true', 'experimental-stop-grpc-service-on-defrag': 'true' }
const present = { 'memory-mlock': 'true', 'feature-gates': 'StopGRPCServiceOnDefrag=true' }

describe('the arguments of a member', () => {
  test('that all members run with go on under their new names', () => {
    const scene = asks(running('3.5.35', old), '3.6.16', old)
    expect(problemsOfArgs(scene)).toEqual([])
    expect(argsFor(scene, '3.5.35')).toEqual(old)
    expect(argsFor(scene, '3.6.16')).toEqual(present)
  })

  test('go on so after the change, too', () => {
    const scene = asks(running('3.6.16', present), '3.6.16', old)
    expect(problemsOfArgs(scene)).toEqual([])
    expect(argsFor(scene, '3.6.16')).toEqual(present)
  })

  test('and on the way back', () => {
    const scene = asks(running('3.6.16', present), '3.5.35', present)
    expect(problemsOfArgs(scene)).toEqual([])
    expect(argsFor(scene, '3.5.35')).toEqual(old)
  })

  test('that are set under an old name on a new version are refused as before', () => {
    const scene = asks(running('3.6.16', {}), '3.6.16', old)
    expect(problemsOfArgs(scene)).toHaveLength(2)
    expect(argsFor(scene, '3.6.16')).toEqual({})
  })

  test('are refused where only some members run with them, or with another value', () => {
    const scene = asks(running('3.6.16', present).withConfig('demo-1', { text: 'name: demo-1' }), '3.6.16', old)
    expect(problemsOfArgs(scene)).toHaveLength(2)
    expect(problemsOfArgs(asks(running('3.6.16', present), '3.6.16', { 'experimental-memory-mlock': 'false' }))).toHaveLength(1)
  })

  test('that are edited together with the version are given to members of the old one as well', () => {
    const scene = asks(running('3.5.35', old), '3.6.16', present)
    expect(argsFor(scene, '3.5.35')).toEqual(old)
  })

  test('that only the wanted version knows wait for it', () => {
    const scene = asks(running('3.6.16', {}), '3.7.3', { 'feature-gates': 'FastLeaseKeepAlive=true' })
    expect(problemsOfArgs(scene)).toEqual([])
  })

  test('that the wanted version has no name for are refused before the first pod', () => {
    const scene = asks(running('3.6.16', { 'log-format': 'json' }), '3.5.35', { 'log-format': 'json' })
    expect(problemsOfArgs(scene)).toEqual([expect.stringContaining('etcd 3.5 has no such flag')])
  })
})
