import { operatorNamespace } from './install.ts'
import type { Kubernetes } from './kubernetes.ts'

const logTitle = 'operator log'
const kinds = 'etcdclusters,etcdbackups,etcdbackupschedules,etcdrestores,etcdusers'

/** What a person would look at first when something went wrong in a namespace. */
export async function diagnose(k8s: Kubernetes, namespace: string): Promise<string> {
  const here = ['--namespace', namespace]
  const questions: readonly (readonly [title: string, args: readonly string[]])[] = [
    ['what people wish for', [...here, 'get', kinds, '--output', 'wide']],
    ['status', [...here, 'get', kinds, '--output', 'jsonpath={range .items[*]}{.metadata.name}{": "}{.status}{"\\n"}{end}']],
    ['objects', [...here, 'get', 'jobs,pods,statefulsets,persistentvolumeclaims', '--output', 'wide']],
    ['events', [...here, 'get', 'events', '--sort-by=.metadata.creationTimestamp']],
    ['operator', ['--namespace', operatorNamespace, 'get', 'pods', '--output', 'wide']],
    [logTitle, ['--namespace', operatorNamespace, 'logs', '--selector=app.kubernetes.io/name=etcd-operator', '--tail=2000']],
  ]
  const answers = await Promise.all(questions.map(([, args]) => k8s.kubectl(args).catch((error: unknown) => String(error))))
  return questions
    .map(([title], index) => `--- ${title}\n${lastLines(answers[index] ?? '', title === logTitle ? namespace : '')}`)
    .join('\n')
}

/** The last lines about a namespace; an empty one stands for all. */
function lastLines(text: string, namespace: string): string {
  return text
    .trimEnd()
    .split('\n')
    .filter((line) => line.includes(namespace))
    .slice(-40)
    .map((line) => line.slice(0, 500))
    .join('\n')
}
