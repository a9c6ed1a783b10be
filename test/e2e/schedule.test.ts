import { existsSync, readdirSync } from 'node:fs'
import { expect } from 'vitest'
import { ETCD_BACKUP, ETCD_BACKUP_SCHEDULE, PERSISTENT_VOLUME_CLAIM } from '../../src/adapters/kube/kinds.ts'
import type { EtcdBackup, EtcdBackupSchedule } from '../../src/api/backups.ts'
import { label } from '../../src/api/labels.ts'
import { PERSISTENT_VOLUME } from '../cluster/kinds.ts'
import { condition } from './cluster-handle.ts'
import { type Stage, scenario } from './harness.ts'
import { crash, leadingPod, untilOperatorIsWhole } from './operator-pods.ts'
import { until } from './until.ts'

const minuteMs = 60_000
/**
 * More than any other scenario has, so that these begin first: they wait most of their time, and the operator that dies is then missed by
 * the paused clusters of the model alone.
 */
const seconds = 700

scenario(
  'a schedule makes one backup a minute, also when its operator dies at that moment, and rests when it is told to',
  { seconds, idle: true },
  async (stage) => {
    const { k8s, cluster } = stage
    const demo = cluster('demo')
    const minutely = scheduleIn(stage, 'minutely')
    await Promise.all([demo.create({ size: 1 }), claim(stage)])
    await demo.untilReady()
    expect(condition(await demo.get(), 'BackedUp')).toMatchObject({ status: 'False', reason: 'NoSchedule' })
    await minutely.create({})

    await minutely.untilCompleted(1, 130)
    await atMinute(-1500)
    await crash(k8s, await leadingPod(k8s))
    const backups = await minutely.untilCompleted(3, 200)
    for (const { metadata } of backups) expect(metadata.name).toMatch(/^minutely-\d{12}00$/)
    const times = backups.map(scheduledAt)
    expect(times).toEqual(times.map((_, index) => (times[0] ?? 0) + index * minuteMs))
    const { status } = await minutely.get()
    expect(status?.missed).toBe(0)
    expect(status?.conditions?.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      'Ready AsPromised',
      'Stalled Steady',
      'BackedUp AsPromised',
    ])
    expect(Date.parse(status?.nextScheduleTime ?? '') - Date.parse(status?.lastScheduleTime ?? '')).toBe(minuteMs)
    await demo.until('the cluster says that it is backed up', 15, (seen) => {
      const newest = seen.status?.lastBackup?.name ?? ''
      return condition(seen, 'BackedUp')?.reason === 'AsPromised' && newest >= (backups.at(-1)?.metadata.name ?? '')
    })

    await minutely.change({ suspend: true })
    await until('it rests', 20, async () => ((await minutely.get()).status?.nextScheduleTime === undefined ? true : undefined))
    const before = (await minutely.backups()).length
    await atMinute(10_000)
    expect(await minutely.backups()).toHaveLength(before)
    expect((await minutely.get()).status?.missed).toBe(0)
    await demo.until('the cluster says why not', 15, (seen) => condition(seen, 'BackedUp')?.reason === 'ScheduleSuspended')

    await stage.kubectl(['delete', 'etcdbackupschedule', 'minutely'])
    await demo.until('the cluster has no schedule', 15, (seen) => condition(seen, 'BackedUp')?.reason === 'NoSchedule')
    expect(await minutely.backups()).toHaveLength(before)
    expect((await demo.get()).status?.lastBackup?.name).toBe((await minutely.backups()).at(-1)?.metadata.name)
    await untilOperatorIsWhole(k8s)
  },
)

scenario('a retention removes backups and their files, and never the newest', { seconds, idle: true }, async (stage) => {
  const limited = scheduleIn(stage, 'limited')
  const demo = stage.cluster('demo')
  await Promise.all([demo.create({ size: 1 }), claim(stage)])
  await demo.untilReady()
  await limited.create({ retention: { keepLast: 2 } })
  const [first] = await limited.untilCompleted(1, 130)
  await until('the first backup is gone', 250, async () => {
    const names = (await limited.backups()).map(({ metadata }) => metadata.name)
    return names.length > 0 && !names.includes(first?.metadata.name ?? '') ? true : undefined
  })
  await limited.change({ suspend: true })
  const left = await until('two are left', 60, async () => {
    const backups = await limited.backups()
    return backups.length === 2 && backups.every(({ status }) => status?.phase === 'Completed') ? backups : undefined
  })
  const files = await filesOf(stage)
  if (files !== undefined) {
    const expected = left.flatMap(({ metadata }) => [`${metadata.name}.db`, `${metadata.name}.db.json`])
    expect(files).toEqual(expected.toSorted())
  }

  await limited.change({ suspend: true, retention: { keepLast: 1, maxAge: '1m' } })
  await until('only the newest is left', 90, async () => ((await limited.backups()).length === 1 ? true : undefined))
  await atMinute(5_000)
  expect((await limited.backups()).map(({ metadata }) => metadata.name)).toEqual([left.at(-1)?.metadata.name])
})

function scheduleIn({ k8s: { kube }, namespace }: Stage, name: string) {
  const ref = { namespace, name }
  const signal = () => AbortSignal.timeout(20_000)
  async function backups(): Promise<readonly EtcdBackup[]> {
    const { items } = await kube.list(ETCD_BACKUP, { namespace, labelSelector: `${label.schedule}=${name}` }, signal())
    return items.toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name))
  }
  return {
    backups,
    async create(spec: Partial<EtcdBackupSchedule['spec']>) {
      const storage = { volume: { claimName: 'backups' } }
      // The server fills in what the wish leaves out.
      const draft = { metadata: ref, spec: { cluster: 'demo', schedule: '* * * * *', storage, ...spec } }
      await kube.create(ETCD_BACKUP_SCHEDULE, draft as EtcdBackupSchedule, signal())
    },
    change: async (spec: Partial<EtcdBackupSchedule['spec']>) => void (await kube.patch(ETCD_BACKUP_SCHEDULE, ref, { spec }, signal())),
    async get(): Promise<EtcdBackupSchedule> {
      const schedule = await kube.get(ETCD_BACKUP_SCHEDULE, ref, signal())
      if (schedule === undefined) throw new Error(`there is no EtcdBackupSchedule ${name}`)
      return schedule
    },
    untilCompleted: (count: number, seconds: number) =>
      until(`${count} backups of ${name} are completed`, seconds, async () => {
        const completed = (await backups()).filter(({ status }) => status?.phase === 'Completed')
        return completed.length >= count ? completed : undefined
      }),
  }
}

async function claim({ k8s: { kube }, namespace }: Stage): Promise<void> {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
  await kube.create(PERSISTENT_VOLUME_CLAIM, { metadata: { namespace, name: 'backups' }, spec }, AbortSignal.timeout(20_000))
}

/** Names of the files in the cluster's folder; undefined where the volume isn't a folder of this machine. */
async function filesOf({ k8s: { kube }, namespace }: Stage): Promise<readonly string[] | undefined> {
  const signal = AbortSignal.timeout(20_000)
  const bound = await kube.get(PERSISTENT_VOLUME_CLAIM, { namespace, name: 'backups' }, signal)
  const volume = await kube.get(PERSISTENT_VOLUME, { name: bound?.spec?.volumeName ?? '' }, signal)
  const folder = `${volume?.spec?.local?.path ?? volume?.spec?.hostPath?.path}/demo`
  return existsSync(folder) ? readdirSync(folder).toSorted() : undefined
}

function scheduledAt({ metadata }: EtcdBackup): number {
  const [, year, month, day, hour, minute] = /(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)00$/.exec(metadata.name) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:00Z`)
}

/** So long before (negative) or after the next full minute. */
async function atMinute(offsetMs: number): Promise<void> {
  const now = Date.now()
  const next = Math.ceil(now / minuteMs) * minuteMs + offsetMs
  await new Promise((resolve) => setTimeout(resolve, next > now ? next - now : next + minuteMs - now))
}
