import { Refusal } from '../refusal.ts'

/** A page that can't be what bbolt wrote. */
export function damagedPage(page: number, what: string): Refusal {
  return new Refusal('SnapshotDamaged', `page ${page} of the database: ${what}`)
}
