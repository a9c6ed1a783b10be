import { isFailure } from '../../adapters/failure.ts'
import { operatorsIn } from '../commands/version.ts'
import { usualNamespace } from '../operator-pods.ts'
import { inWords, lacking, type Right, rightsOf } from './access.ts'
import { type Check, type Finding, fail, ok, warn } from './check.ts'

const own = 'etcd-operator.dev'

/** What the commands need, by what does not work without it. */
const ofPerson: readonly (readonly [use: string, rights: readonly Right[]])[] = [
  [
    'status, plan, members, backups and events',
    rightsOf([
      [own, 'etcdclusters etcdbackups etcdbackupschedules etcdrestores etcdusers', 'get list'],
      ['', 'events', 'list'],
    ]),
  ],
  ['approve, defrag, move-leader, restart, pause and resume', rightsOf([[own, 'etcdclusters', 'patch']])],
  ['backup and restore', rightsOf([[own, 'etcdbackups etcdrestores', 'create']])],
  [
    'logs and report',
    rightsOf([
      ['', 'pods', 'list'],
      ['', 'pods/log', 'get'],
    ]),
  ],
  ['top, and the metrics in report', rightsOf([['', 'pods/proxy', 'get']])],
  ['ctl', rightsOf([['', 'pods/exec', 'create']])],
]

/** As deploy/base/operator-role.yaml grants them; a test compares. */
export const ofOperator = rightsOf([
  [own, 'etcdclusters', 'get list watch patch create'],
  [own, 'etcdbackups', 'get list watch create patch delete'],
  [own, 'etcdbackupschedules etcdrestores', 'get list watch'],
  [own, 'etcdusers', 'get list watch patch'],
  [own, 'etcdclusters/status etcdbackups/status etcdbackupschedules/status etcdrestores/status etcdusers/status', 'patch'],
  [own, 'etcdclusters/finalizers etcdbackups/finalizers etcdrestores/finalizers etcdusers/finalizers', 'update'],
  ['apps', 'statefulsets', 'get list watch create patch delete'],
  ['', 'pods', 'list watch patch delete'],
  ['', 'persistentvolumeclaims services configmaps', 'get list watch create patch'],
  ['', 'secrets', 'get create patch'],
  ['cert-manager.io', 'certificates', 'get create patch'],
  ['batch', 'jobs', 'get list watch create delete'],
  ['policy', 'poddisruptionbudgets', 'get list watch create patch'],
  ['networking.k8s.io', 'networkpolicies', 'get list watch create patch delete'],
  ['', 'events', 'list create'],
])

/** What may be withheld, with what is lost then; undefined: in the namespace. */
const mayBeWithheld: readonly (readonly [right: Right, isClusterWide: boolean, lost: string])[] = [
  [
    { group: '', resource: 'persistentvolumeclaims', verb: 'delete' },
    false,
    'no volume of a member is deleted, so failed members are not replaced',
  ],
  [{ group: '', resource: 'nodes', verb: 'get' }, true, 'members on lost nodes are not replaced'],
  [
    { group: 'storage.k8s.io', resource: 'storageclasses', verb: 'list' },
    true,
    'messages do not tell which StorageClass is missing or can not expand volumes',
  ],
]

/** Which commands the person may use here. */
export const rightsOfPerson: Check = async (context, target) => {
  const found = await Promise.all(
    ofPerson.map(async ([use, rights]) => ({ use, lacks: await lacking(context, target, rights, target.namespace) })),
  )
  const wrong = found.filter(({ lacks }) => lacks.length > 0)
  if (wrong.length === 0) return [ok(`you may use every command in namespace ${target.namespace}`)]
  return wrong.map(({ use, lacks }) =>
    // Who may not even look can use nothing.
    (use === ofPerson[0]?.[0] ? fail : warn)(
      `you can't use ${use} in namespace ${target.namespace}: no right to ${lacks.map(inWords).join(', ')}`,
      'ask for the ClusterRole edit (or view) of the namespace, which the operator extends; ctl and top need more than that',
    ),
  )
}

/** Whether the operator may do its work in the namespace. */
export const rightsOfOperator: Check = async (context, target) => {
  const operators = await operatorsIn(target, context.signal)
  if (operators === undefined)
    return [warn('whether the operator has its rights is not known: you may not read Deployments', 'ask an administrator to run this')]
  return (await Promise.all(operators.map((one) => ofOne(one)))).flat()

  async function ofOne(operator: (typeof operators & object)[number]): Promise<readonly Finding[]> {
    const namespace = operator.metadata.namespace ?? usualNamespace
    const account = operator.spec?.template.spec?.serviceAccountName ?? 'default'
    const user = {
      user: `system:serviceaccount:${namespace}:${account}`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    }
    try {
      const lacks = await lacking(context, target, ofOperator, target.namespace, user)
      const withheld = await Promise.all(
        mayBeWithheld.map(async ([right, isClusterWide, lost]) => {
          const isLacking = (await lacking(context, target, [right], isClusterWide ? undefined : target.namespace, user)).length > 0
          return isLacking
            ? [
                warn(
                  `the operator may not ${inWords(right)}: ${lost}`,
                  'docs/operations/install.md has the role that allows it, if you want that',
                ),
              ]
            : []
        }),
      )
      if (lacks.length > 0)
        return [
          fail(
            `the operator ${user.user} has no right in namespace ${target.namespace} to ${lacks.map(inWords).join(', ')}`,
            'apply deploy/operator.yaml of its version, or for single namespaces deploy/namespaced',
          ),
        ]
      return [ok(`the operator has its rights in namespace ${target.namespace}`), ...withheld.flat()]
    } catch (error) {
      if (!isFailure(error, 'forbidden')) throw error
      return [
        warn(
          'whether the operator has its rights is not known: you may not create SubjectAccessReviews',
          'ask an administrator to run this',
        ),
      ]
    }
  }
}
