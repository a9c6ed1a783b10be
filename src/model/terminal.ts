import type { EtcdBackup, EtcdRestore } from '../api/backups.ts'

/** Completed and Failed never change again. */
export function isTerminal({ status }: EtcdBackup | EtcdRestore): boolean {
  return status?.phase === 'Completed' || status?.phase === 'Failed'
}
