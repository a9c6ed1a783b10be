import { isRecord } from '../../model/record.ts'
import type { Context, Target } from '../command.ts'

/** One verb on one resource; `''` is the core group. */
export interface Right {
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly verb: string
}

/** Which of the rights a user lacks in a namespace (undefined: in all of them). @param user undefined: the person itself */
export async function lacking(
  { signal }: Context,
  { raw }: Target,
  rights: readonly Right[],
  namespace: string | undefined,
  user?: { readonly user: string; readonly groups: readonly string[] },
): Promise<readonly Right[]> {
  const kind = user === undefined ? 'SelfSubjectAccessReview' : 'SubjectAccessReview'
  const path = `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`
  const allowed = await Promise.all(
    rights.map(async (right) => {
      const resourceAttributes = { ...right, ...(namespace === undefined ? {} : { namespace }) }
      const body = { apiVersion: 'authorization.k8s.io/v1', kind, spec: { ...user, resourceAttributes } }
      const { status } = await raw.post(path, body, signal)
      return isRecord(status) && status.allowed === true
    }),
  )
  return rights.filter((_, index) => !allowed[index])
}

/** `create etcdbackups.etcd-operator.dev`. */
export function inWords({ verb, resource, subresource, group }: Right): string {
  return `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}${group === '' ? '' : `.${group}`}`
}

/** Rights from rows of group, resources and verbs; a resource with a slash is a subresource. */
export function rightsOf(rows: readonly (readonly [group: string, resources: string, verbs: string])[]): readonly Right[] {
  return rows.flatMap(([group, resources, verbs]) =>
    resources.split(' ').flatMap((text) => {
      const [resource = '', subresource] = text.split('/')
      return verbs.split(' ').map((verb) => ({ group, resource, verb, ...(subresource === undefined ? {} : { subresource }) }))
    }),
  )
}
