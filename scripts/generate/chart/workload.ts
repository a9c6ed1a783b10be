import type { Base } from './base.ts'
import { action, header, more, optional, rendered } from './template.ts'

/** The template of the Deployment: that of deploy/base, with the values in their places. */
export function deploymentTemplate({ deployment, own, pod, container }: Base): string {
  const { spec, metadata } = deployment
  const { affinity: _affinity, containers: _containers, ...restOfPod } = pod
  const { resources: _resources, env, ...restOfContainer } = container
  const object = {
    ...deployment,
    metadata: { ...metadata, namespace: action('.Release.Namespace | quote') },
    spec: {
      ...spec,
      replicas: action('int .Values.replicas'),
      template: {
        metadata: {
          labels: { ...own.labels, ...more('.Values.podLabels') },
          annotations: { ...own.annotations, ...more('.Values.podAnnotations') },
        },
        spec: {
          ...restOfPod,
          ...optional('imagePullSecrets', '.Values.imagePullSecrets'),
          ...optional('priorityClassName', '.Values.priorityClassName'),
          ...optional('nodeSelector', '.Values.nodeSelector'),
          ...optional('tolerations', '.Values.tolerations'),
          ...optional('affinity', '.Values.affinity'),
          containers: [
            {
              ...restOfContainer,
              image: action('include "etcd-operator.image" . | quote'),
              imagePullPolicy: action('.Values.image.pullPolicy'),
              ...optional('args', '(include "etcd-operator.args" . | fromYamlArray)'),
              env: env.map((one) =>
                one.name === 'NODE_OPTIONS' ? { ...one, value: `--max-old-space-size=${action('int .Values.heapMiB')}` } : one,
              ),
              ...optional('resources', '.Values.resources'),
            },
          ],
        },
      },
    },
  }
  return `${header('deploy/base/deployment.yaml')}{{- include "etcd-operator.checks" . -}}\n${rendered(object)}`
}
