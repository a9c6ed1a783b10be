import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { binaryPath } from '../cluster/binaries.ts'
import { ensureBinaries } from '../cluster/builds.ts'
import { run } from '../cluster/command.ts'
import { ensurePackages } from '../cluster/local/debian.ts'
import { timedProgress } from '../cluster/progress.ts'

/** A network of its own in which kube-network-policies enforces what an API server holds. It has a loopback device, and no way out. */
export interface PolicedNetwork {
  /** Whether a connection from one address to the other is let through. */
  reaches(from: string, to: string, port: number): Promise<'open' | 'closed'>
  cleanUp(): Promise<void>
}

/** Each pod is an address, and answers on these ports. */
const ports = [2379, 2380, 2381]
const range = '10.77.0.0/24'

/** Waits for commands like `10.77.0.1 10.77.0.2 2379`, and answers each with a line. */
const caller = `
const { connect, createServer } = require('node:net')
const [, ...addresses] = process.argv
for (const host of addresses) for (const port of ${JSON.stringify(ports)}) createServer((socket) => socket.end()).listen({ host, port })
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const [localAddress, host, port] = line.split(' ')
  const socket = connect({ localAddress, host, port: Number(port) })
  const say = (what) => { clearTimeout(timer); socket.destroy(); console.log(line + ' ' + what) }
  const timer = setTimeout(() => say('closed'), 1500)
  socket.on('connect', () => say('open')).on('error', () => say('closed'))
})
`
/** The API server's port, which is on the other side, at the same address. */
const bridge = `
const { connect, createServer } = require('node:net')
const [, path, host, port] = process.argv
createServer((socket) => {
  const other = connect(path)
  socket.pipe(other).pipe(socket)
  for (const end of [socket, other]) end.on('error', () => { socket.destroy(); other.destroy() })
}).listen({ host, port: Number(port) })
`

/** Needs root. `kubeconfig`: of an API server on an address of the loopback device, of which each network has all. */
export async function startPolicedNetwork(kubeconfig: string, addresses: readonly string[]): Promise<PolicedNetwork> {
  const progress = timedProgress()
  await Promise.all([ensureBinaries(['kube-network-policies'], { progress }), ensurePackages(progress)])
  const dir = mkdtempSync(join(tmpdir(), 'policed-'))
  const children: ChildProcess[] = []
  const start = (command: string, args: readonly string[]) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] })
    children.push(child)
    return child
  }
  // It ends with its last process.
  const holder = start('unshare', ['--net', 'sleep', 'infinity'])
  const within = [`--net=/proc/${holder.pid}/ns/net`]
  await untilOwn(holder)
  const inside = (...command: readonly string[]) => run('nsenter', [...within, ...command])
  await inside('ip', 'link', 'set', 'lo', 'up')
  for (const address of addresses) await inside('ip', 'address', 'add', `${address}/32`, 'dev', 'lo')
  const news = ['-m', 'conntrack', '--ctstate', 'NEW', '-d', range]
  await inside('iptables', '-w', '-t', 'mangle', '-A', 'POSTROUTING', ...news, '-j', 'NFQUEUE', '--queue-num', '100', '--queue-bypass')

  const [, host = '', port = ''] = /https:\/\/(127[.\d]+):(\d+)/.exec(readFileSync(kubeconfig, 'utf8')) ?? []
  const gate = await listenAt(join(dir, 'api-server'), host, Number(port))
  start('nsenter', [...within, process.execPath, '--eval', bridge, join(dir, 'api-server'), host, port])
  start('nsenter', [...within, binaryPath('kube-network-policies'), kubeconfig, 'node'])
  const asked = start('nsenter', [...within, process.execPath, '--eval', caller, ...addresses])
  const waiting = new Map<string, (answer: 'open' | 'closed') => void>()
  if (asked.stdout === null) throw new Error('no output')
  createInterface({ input: asked.stdout }).on('line', (line) => {
    const at = line.lastIndexOf(' ')
    waiting.get(line.slice(0, at))?.(line.slice(at + 1) === 'open' ? 'open' : 'closed')
  })

  return {
    reaches(from, to, at) {
      const question = `${from} ${to} ${at}`
      const answer = new Promise<'open' | 'closed'>((resolve) => waiting.set(question, resolve))
      asked.stdin?.write(`${question}\n`)
      return answer
    },
    async cleanUp() {
      for (const child of children.toReversed()) {
        if (child.exitCode !== null || child.signalCode !== null) continue
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
      }
      gate.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Until the process has left our network. */
async function untilOwn({ pid }: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const [theirs, ours] = await Promise.all([run('readlink', [`/proc/${pid}/ns/net`]), run('readlink', ['/proc/self/ns/net'])])
    if (theirs !== ours) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('unshare made no network of its own')
}

function listenAt(path: string, host: string, port: number): Promise<Server> {
  const server = createServer((socket) => {
    const other = connect({ host, port })
    socket.pipe(other).pipe(socket)
    for (const end of [socket, other]) {
      end.on('error', () => {
        socket.destroy()
        other.destroy()
      })
    }
  })
  return new Promise((resolve) => server.listen(path, () => resolve(server)))
}
