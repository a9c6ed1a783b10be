import { expect, test } from 'vitest'
import { type Alert, expressionOf, runbookOf, runbooks } from '../../../scripts/generate/monitoring/alert.ts'
import { alerts } from '../../../scripts/generate/monitoring/alerts.ts'
import { documents, text } from './files.ts'

const page = text('docs/operations/alerts.md')
/** Heading to what stands below it. */
const sections = new Map(
  page.split(/^### /m).flatMap((section) => [/^(.*)\n\n([\s\S]*)$/.exec(section)].map((found) => [found?.[1], found?.[2]])),
)

test('each alert has a name of its own', () => {
  expect(new Set(alerts.map(({ name }) => name)).size).toBe(alerts.length)
  for (const { name } of alerts) expect(name).toMatch(/^Etcd[A-Z]\w+$/)
})

test.each(alerts)('the runbook of $name says what it means, how to look and what to do', (alert) => {
  const section = sections.get(alert.name)
  expect(runbookOf(alert)).toBe(`${runbooks}#${alert.name.toLowerCase()}`)
  expect(section?.startsWith(`\`${alert.severity}\`, ${after(alert)}. `), `${alert.severity}, ${after(alert)}`).toBe(true)
  // Commands of its own, or those of the alert that it belongs to.
  expect(section).toMatch(/```sh\n(.*\n)*?kubectl |\]\(#etcd/)
})

test('there is a section for no other alert', () => {
  const names = [...page.matchAll(/^### (\w+)$/gm)].map(([, name]) => name)
  expect(names).toEqual(alerts.map(({ name }) => name))
})

test('a sentence that names a time names that for which the alert holds', () => {
  for (const { name, description, minutes } of alerts)
    for (const [, told, unit] of description.matchAll(/[Ff]or (\d+) (minutes|hours)/g))
      expect(Number(told) * (unit === 'hours' ? 60 : 1), name).toBe(minutes)
})

test('no alert depends on the pod that an operator or a member runs in just now', () => {
  for (const alert of alerts) expect(expressionOf(alert)).toMatch(/^(time\(\) - |1 - |histogram_quantile\(0.99, )?(max|min|sum) by|^absent/)
})

test('the Prometheus Operator and Prometheus get the same rules', () => {
  const [resource] = documents('deploy/monitoring/prometheus-rule.yaml')
  const [file] = documents('deploy/monitoring/rules.yaml')
  expect(resource?.spec).toEqual(file)
})

function after({ minutes }: Alert): string {
  if (minutes === 0) return 'at once'
  return `after ${minutes} minute${minutes === 1 ? '' : 's'}`
}
