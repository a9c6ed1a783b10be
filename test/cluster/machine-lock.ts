import { connect, createServer, type Socket } from 'node:net'
import { during, type Progress } from './progress.ts'

/**
 * Runs `work` while no other process of this machine does the same.
 * The lock is an abstract Unix socket: the kernel gives it to one process and frees it when that process ends, however it ends.
 */
export async function withMachineLock<T>(name: string, progress: Progress, work: () => Promise<T>): Promise<T> {
  const lock = await acquire(`\0etcd-operator-dev-${name}`, name, progress)
  try {
    return await work()
  } finally {
    lock.release()
  }
}

async function acquire(path: string, name: string, progress: Progress): Promise<Lock> {
  let announced = false
  while (true) {
    const lock = await tryListen(path)
    if (lock !== undefined) return lock
    const wait = holder(path)
    const waiting = `waiting for ${await wait.who}, which works on the ${name} of this machine`
    if (!announced) progress(waiting)
    announced = true
    await during(
      progress,
      () => waiting,
      () => wait.end,
    )
  }
}

type Lock = Readonly<{ release: () => void }>

function tryListen(path: string): Promise<Lock | undefined> {
  return new Promise((resolve, reject) => {
    const waiting = new Set<Socket>()
    const server = createServer((socket) => {
      waiting.add(socket)
      socket.on('error', () => {})
      socket.write(`process ${process.pid}`)
      socket.unref()
    })
    const release = () => {
      server.close()
      for (const socket of waiting) socket.destroy()
    }
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)))
    server.listen({ path }, () => {
      server.unref()
      resolve({ release })
    })
  })
}

/** Who holds the lock, and when it is free: the holder keeps the connection open until then. */
function holder(path: string): { who: Promise<string>; end: Promise<void> } {
  const socket = connect({ path })
  const end = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
    socket.once('error', () => resolve())
  })
  const who = Promise.race([
    new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString()))),
    end.then(() => 'another process'),
  ])
  return { who, end }
}
