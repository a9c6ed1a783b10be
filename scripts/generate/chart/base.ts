import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'

/** What the chart takes from deploy/base/deployment.yaml. */
export interface Base {
  readonly deployment: Deployment
  readonly replicas: number
  /** Labels and annotations of the pods. */
  readonly own: Own
  readonly pod: PodSpec
  readonly container: Container
}

export interface Deployment {
  readonly metadata: object
  readonly spec: { readonly replicas: number; readonly template: { readonly metadata: Own; readonly spec: PodSpec } }
}

interface Own {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

interface PodSpec {
  readonly affinity: object
  readonly containers: readonly Container[]
}

interface Container {
  readonly image: string
  readonly imagePullPolicy: string
  readonly args?: readonly string[]
  readonly env: readonly { readonly name: string; readonly value?: string }[]
  readonly resources: object
}

export const operatorNamespace = 'etcd-operator-system'

/** @throws Error where the Deployment is not what the templates are made for */
export function readBase(root: string): Base {
  const deployment = load(readFileSync(join(root, 'deploy/base/deployment.yaml'), 'utf8')) as Deployment // Ours: unit tests look at its form.
  const { replicas, template } = deployment.spec
  const [container, ...others] = template.spec.containers
  if (container === undefined || others.length > 0)
    throw new Error('deploy/base/deployment.yaml has not one container: the chart is made for one')
  if (container.args !== undefined) throw new Error('deploy/base/deployment.yaml has args: give the chart values for them')
  return { deployment, replicas, own: template.metadata, pod: template.spec, container }
}
