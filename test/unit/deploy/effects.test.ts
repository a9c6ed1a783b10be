import { describe, expect, test } from 'vitest'
import type { EtcdClusterSpec } from '../../../src/api/etcd-cluster.ts'
import { known } from '../../../src/model/known.ts'
import { foresee } from '../../../src/plan/cluster/foresee/foresee.ts'
import { aCluster, idOf, type Scene, type SpecWish } from '../../builders/a-cluster.ts'
import { certificates } from '../../builders/certificates.ts'
import { documents, text } from './files.ts'

/** docs/operations/fields.md says of every field of an EtcdCluster what a change of it does: no field is forgotten, and none made up. */

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
}

interface Crd {
  readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: Schema } }]
}

/** Fields whose own fields are not told apart: all of them have one effect. */
const wholes = new Set(['spec.bootstrap.restore', 'spec.pod.affinity', 'spec.tls.issuer', 'spec.tls.secrets'])

test('the table of effects has every field of the schema, and no other', () => {
  const crd = documents('crds/etcdclusters.yaml')[0]?.spec as Crd
  const spec = crd.versions[0].schema.openAPIV3Schema.properties?.spec ?? {}
  expect(rows.map(({ field }) => field).toSorted()).toEqual(fieldsOf(spec, 'spec').toSorted())
})

test('it says how each of them disrupts in words that it explains', () => {
  const explained = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, word]) => word)
  expect(explained).toEqual(['none', 'restart', 'exchange', 'leave', 'defragmentation', 'refused'])
  for (const { field, effect, disruption } of rows) {
    const words = [...disruption.matchAll(/`(\w+)`/g)].map(([, word]) => word)
    expect(words.length, field).toBeGreaterThan(0)
    expect(explained, field).toEqual(expect.arrayContaining(words))
    expect(effect.length, field).toBeGreaterThan(15)
  }
})

const page = text('docs/operations/fields.md')
const rows = [...page.matchAll(/^\| `(spec\.[\w.]+)` \| (.*) \| (.*) \|$/gm)].map(([, field = '', effect = '', disruption = '']) => ({
  field,
  effect,
  disruption,
}))

function fieldsOf(schema: Schema, path: string): readonly string[] {
  const fields = Object.entries(schema.properties ?? {})
  if (fields.length === 0 || wholes.has(path)) return [path]
  return fields.flatMap(([name, field]) => fieldsOf(field, `${path}.${name}`))
}

type Word = 'none' | 'restart' | 'exchange' | 'leave' | 'defragmentation'
type Example = readonly [value: unknown, disrupts: Word, beside?: SpecWish]

const moves = { migration: 'MemberByMember' } as const
const often = { schedule: '* * * * *', timeZone: 'Etc/UTC', freeSpaceAbove: { percent: 1, bytes: '1Mi' } }
const defragmented = { maintenance: { defragment: often } }
/** A change of each field, and what the rules do to the running members for it. */
const examples: Readonly<Record<string, readonly Example[]>> = {
  'spec.size': [
    [5, 'none'],
    [1, 'leave'],
  ],
  'spec.version': [['3.6.17', 'restart']],
  'spec.image.repository': [['registry.example.com/etcd', 'restart']],
  'spec.image.tag': [['v3.6.16-0', 'restart']],
  'spec.image.pullPolicy': [['Always', 'none']],
  'spec.image.pullSecrets': [[[{ name: 'pull' }], 'none']],
  'spec.storage.size': [
    ['8Gi', 'restart'],
    ['8Gi', 'none', { etcd: { quotaBackendBytes: '400Mi' } }],
    ['600Mi', 'exchange', { storage: moves }],
  ],
  'spec.storage.className': [['fast', 'exchange', { storage: moves }]],
  'spec.storage.migration': [['MemberByMember', 'none']],
  'spec.storage.deletionPolicy': [['Delete', 'none']],
  'spec.storage.scaleDownPolicy': [['Retain', 'none']],
  'spec.bootstrap.existingVolumes': [['Adopt', 'none']],
  'spec.bootstrap.restore': [[{ backup: 'b1' }, 'none']],
  'spec.etcd.quotaBackendBytes': [['300Mi', 'restart']],
  'spec.etcd.autoCompaction.mode': [['revision', 'restart']],
  'spec.etcd.autoCompaction.retention': [['2h', 'restart']],
  'spec.etcd.heartbeatInterval': [['50ms', 'restart']],
  'spec.etcd.electionTimeout': [['2s', 'restart']],
  'spec.etcd.snapshotCount': [[5000, 'restart']],
  'spec.etcd.extraArgs': [[{ 'max-txn-ops': '256' }, 'restart']],
  'spec.pod.resources.requests': [[{ cpu: '200m' }, 'restart']],
  'spec.pod.resources.limits': [[{ memory: '1Gi' }, 'restart']],
  'spec.pod.labels': [[{ team: 'blue' }, 'none']],
  'spec.pod.annotations': [[{ team: 'blue' }, 'none']],
  'spec.pod.nodeSelector': [[{ disk: 'ssd' }, 'restart']],
  'spec.pod.tolerations': [[[{ key: 'etcd', operator: 'Exists' }], 'restart']],
  'spec.pod.affinity': [[{ nodeAffinity: {} }, 'restart']],
  'spec.pod.topologySpreadConstraints': [[[{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }], 'restart']],
  'spec.pod.priorityClassName': [['high', 'restart']],
  'spec.repair.automatic': [[false, 'none']],
  'spec.repair.nodeLossAfter': [['1m', 'none']],
  'spec.repair.replaceMembers': [[[idOf('demo-1')], 'exchange']],
  'spec.maintenance.noSpace': [['Remediate', 'none']],
  'spec.maintenance.defragment.schedule': [['* * * * *', 'defragmentation', defragmented]],
  'spec.maintenance.defragment.timeZone': [['Europe/Berlin', 'defragmentation', defragmented]],
  'spec.maintenance.defragment.freeSpaceAbove.percent': [[10, 'defragmentation', defragmented]],
  'spec.maintenance.defragment.freeSpaceAbove.bytes': [['2Mi', 'defragmentation', defragmented]],
  'spec.maintenance.windows': [[[{ schedule: '0 2 * * *', duration: '1h', timeZone: 'Etc/UTC' }], 'none']],
  'spec.upgrade.backupFirst': [[false, 'none']],
  'spec.paused': [[true, 'none']],
  'spec.tls.mode': [
    ['Optional', 'restart'],
    ['Required', 'restart'],
    ['Off', 'restart', { tls: { mode: 'Required' } }],
  ],
  'spec.tls.issuer': [[{ name: 'issuer' }, 'none']],
  'spec.tls.secrets': [[{ server: 'tls' }, 'none']],
  'spec.tls.clientCertificates': [['None', 'restart', { tls: { mode: 'Required' } }]],
  'spec.tls.extraNames': [[['etcd.example.com'], 'none']],
  'spec.tls.duration.leaf': [['24h', 'none']],
  'spec.tls.duration.ca': [['8760h', 'none']],
  'spec.auth.enabled': [[true, 'none']],
  'spec.networkPolicy.enabled': [[false, 'none']],
  'spec.networkPolicy.clients': [[[{ podSelector: {} }], 'none']],
  'spec.networkPolicy.metrics': [[[{ podSelector: {} }], 'none']],
}

describe('what the rules do for a change of', () => {
  const mebi = 2 ** 20
  const running = (beside: SpecWish = {}) =>
    aCluster({ size: 3, ...beside })
      .running()
      .with({ tls: certificates(), expandable: known(new Map([['standard', true]])) })

  const all = Object.entries(examples).flatMap(([field, some]) =>
    some.map(([value, word, beside = {}]) => ({ field, value, word, beside })),
  )
  test.each(all)('$field to $value is $word', ({ field, value, word, beside }) => {
    const before = word === 'defragmentation' ? running(beside).withDatabases(300 * mebi, 100 * mebi) : running(beside)
    const row = rows.find((one) => one.field === field)
    expect(row?.disruption).toContain(`\`${word}\``)
    expect(disruptionsOf(changed(before, field, value))).toEqual(word === 'none' ? [] : expect.arrayContaining([word]))
  })

  test('any field is tried, but for those that are refused', () => {
    const tried = rows.filter(({ disruption }) => disruption !== '`refused`').map(({ field }) => field)
    expect(Object.keys(examples)).toEqual(tried)
  })

  test('from plain text to TLS alone each member is restarted twice', () => {
    const plan = foresee(changed(running(), 'spec.tls.mode', 'Required'))
    const ended = plan.filter(({ action }) => action === 'DeletePod').map(({ member }) => member)
    expect(ended.toSorted()).toEqual(['demo-0', 'demo-0', 'demo-1', 'demo-1', 'demo-2', 'demo-2'])
    expect(plan.filter(({ action }) => action === 'UpdatePeerUrl')).toHaveLength(3)
  })

  test('a restart is one of each member', () => {
    const plan = foresee(changed(running(), 'spec.pod.priorityClassName', 'high'))
    const ended = plan.filter(({ action }) => action === 'DeletePod').map(({ member }) => member)
    expect(ended).toEqual(['demo-1', 'demo-2', 'demo-0'])
    expect(plan.filter(({ action }) => action === 'MoveLeader')).toHaveLength(1)
  })
})

/** As somebody edits one field. */
function changed(scene: Scene, path: string, value: unknown): Scene {
  const spec = structuredClone(scene.cluster.spec) as unknown as Record<string, unknown> // A copy, written to below.
  const names = path.split('.').slice(1)
  const last = names.pop() ?? ''
  let at = spec
  for (const name of names) {
    at[name] ??= {}
    at = at[name] as Record<string, unknown>
  }
  at[last] = value
  return scene.with({ cluster: { ...scene.cluster, spec: spec as unknown as EtcdClusterSpec } })
}

function disruptionsOf(scene: Scene): readonly Word[] {
  const words = foresee(scene).flatMap(({ action, reason, disrupts }): readonly Word[] => {
    if (!disrupts) return []
    if (action === 'Defragment') return ['defragmentation']
    return reason === 'Rolling' ? ['restart'] : reason === 'ExchangingMember' ? ['exchange'] : ['leave']
  })
  return [...new Set(words)]
}
