/** A piece of a snapshot. */
export interface SnapshotPart {
  /** Bytes that follow after this piece; the 32 bytes of the checksum at the end don't count. */
  readonly remaining: number
  readonly blob: Buffer
}

/**
 * Reads etcd's SnapshotResponse (rpc.proto: `uint64 remaining_bytes = 2`, `bytes blob = 3`; other fields are skipped).
 * Parsed by hand, because the blob is then not copied: a snapshot has tens of thousands of such messages.
 *
 * @throws RangeError where the bytes are not a message
 */
export function readSnapshotPart(message: Buffer): SnapshotPart {
  let remaining = 0
  let blob = empty
  let at = 0
  while (at < message.length) {
    const tag = readVarint(message, at)
    const field = Math.floor(tag.value / 8)
    const length = lengthOf(message, tag.next, tag.value % 8)
    const end = length.start + length.bytes
    if (end > message.length) throw new RangeError(`field ${field} of the snapshot's message ends after the message`)
    if (field === 2) remaining = readVarint(message, tag.next).value
    if (field === 3) blob = message.subarray(length.start, end)
    at = end
  }
  return { remaining, blob }
}

const empty: Buffer = Buffer.alloc(0)

/** Where a field's value starts and how long it is, by its wire type (protobuf, "Message Structure"). */
function lengthOf(message: Buffer, at: number, wireType: number): { readonly start: number; readonly bytes: number } {
  switch (wireType) {
    case 0:
      return { start: at, bytes: readVarint(message, at).next - at }
    case 1:
      return { start: at, bytes: 8 }
    case 2: {
      const { value, next } = readVarint(message, at)
      return { start: next, bytes: value }
    }
    case 5:
      return { start: at, bytes: 4 }
    default:
      throw new RangeError(`wire type ${wireType} in the snapshot's message`)
  }
}

function readVarint(message: Buffer, from: number): { readonly value: number; readonly next: number } {
  let value = 0
  for (let at = from, factor = 1; at < message.length && at < from + 10; at += 1, factor *= 128) {
    const byte = message.readUInt8(at)
    value += (byte % 128) * factor
    if (byte < 128) return { value, next: at + 1 }
  }
  throw new RangeError("a number in the snapshot's message doesn't end")
}
