import { Refusal } from '../refusal.ts'

/** The refusal for a page that bbolt can't have written. */
export function damagedPage(page: number, what: string): Refusal {
  return new Refusal('SnapshotDamaged', `page ${page} of the database: ${what}`)
}
