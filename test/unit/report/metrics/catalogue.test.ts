import { expect, test } from 'vitest'
import { catalogue, families } from '../../../../src/report/metrics/catalogue.ts'
import { createMetrics } from '../../../../src/report/metrics/metrics.ts'

test('every family of the catalogue is on the page, and no other of the operator', async () => {
  const page = await createMetrics('1.2.3').registry.metrics()
  const told = [...page.matchAll(/^# HELP (etcd_operator_\w+) (.*)\n# TYPE \S+ (\w+)$/gm)].map(([, name, help, type]) => ({
    name,
    help,
    type,
  }))
  const known = families.map(({ name, help, type }) => ({ name, help, type }))
  const byName = (all: readonly { readonly name?: string | undefined }[]) =>
    all.toSorted((a, b) => (a.name ?? '').localeCompare(b.name ?? ''))
  expect(byName(told)).toEqual(byName(known))
})

test('names follow the conventions of Prometheus', () => {
  expect(new Set(families.map(({ name }) => name)).size).toBe(families.length)
  for (const { name, type, help } of families) {
    expect(name).toMatch(/^etcd_operator_[a-z0-9]+(_[a-z0-9]+)*$/)
    expect(name.endsWith('_total'), name).toBe(type === 'counter')
    // A time that stops being told is an alert that never fires; an age that stops growing is one as well.
    expect(name).not.toMatch(/_(age|milliseconds|ms|kilobytes|count|sum|bucket)(_|$)/)
    expect(help).toMatch(/\.$/)
  }
})

test('what is about a cluster has the same two labels, first', () => {
  const { "The operator's own work": ownWork, ...rest } = catalogue
  expect(Object.keys(rest).length).toBeGreaterThan(4)
  for (const topic of Object.values(rest))
    for (const { name, labels } of Object.values(topic)) expect(labels.slice(0, 2), name).toEqual(['namespace', 'etcd_cluster'])
  for (const { labels } of Object.values(ownWork ?? {})) expect(labels).not.toContain('namespace')
})
