import { backupFamilies } from './catalogue/backups.ts'
import { certificateFamilies } from './catalogue/certificates.ts'
import { clusterFamilies } from './catalogue/clusters.ts'
import { memberFamilies } from './catalogue/members.ts'
import { ownWorkFamilies } from './catalogue/own-work.ts'
import { userFamilies } from './catalogue/users.ts'
import type { Family } from './family.ts'

/** Every metric of the operator by topic, in the order of the documentation. */
export const catalogue: Readonly<Record<string, Readonly<Record<string, Family>>>> = {
  Clusters: clusterFamilies,
  Members: memberFamilies,
  Certificates: certificateFamilies,
  'Backups and restores': backupFamilies,
  Users: userFamilies,
  "The operator's own work": ownWorkFamilies,
}

export const families: readonly Family[] = Object.values(catalogue).flatMap((topic) => Object.values(topic))
