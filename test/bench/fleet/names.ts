import { createHash, randomInt } from 'node:crypto'

/** Names, addresses and IDs of the fleet, each made from the name of a cluster or member: a copy of a cluster can be made by replacing text. */

export const fleetNamespace = 'fleet'

export function clusterName(index: number): string {
  return `fleet-${String(index).padStart(5, '0')}`
}

/** The second number of the first pod's address: of this process and of those that it starts, so that two fleets of a machine can live. */
export function chooseNet(count: number): void {
  process.env.FLEET_NET = String(randomInt(64, 255 - Math.ceil(count / 250)))
}

/** 127.64.0.1 for the first pod of the first cluster: all of 127.0.0.0/8 is loopback, so every pod has an address of its own. */
export function podAddress(pod: string): string {
  const [, digits, ordinal] = /^fleet-(\d{5})-(\d+)$/.exec(pod) ?? []
  if (digits === undefined || ordinal === undefined) throw new Error(`${pod} is not a pod of the fleet`)
  const index = Number(digits)
  return `127.${Number(process.env.FLEET_NET ?? 64) + Math.floor(index / 250)}.${index % 250}.${1 + Number(ordinal)}`
}

export function clusterIdOf(name: string): bigint {
  return idOf('cluster', name)
}

export function memberIdOf(member: string): bigint {
  return idOf('member', member)
}

function idOf(kind: string, name: string): bigint {
  return createHash('sha256').update(`${kind} ${name}`).digest().readBigUInt64BE()
}
