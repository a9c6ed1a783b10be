/** A name of at most 52 characters with the time in it, as those of a schedule's backups: `demo-20260104020000`. */
export function stamped(name: string, now: number): string {
  const time = new Date(now).toISOString().replace(/\D/g, '').slice(0, 14)
  return `${name.slice(0, 52 - time.length - 1).replace(/[-.]+$/, '')}-${time}`
}
