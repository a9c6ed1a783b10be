import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { etcdFlags } from '../../cluster/local/control-plane.ts'
import { startTicksIn } from '../../cluster/local/daemon.ts'
import { nodeLayout, nodeLayouts } from '../../cluster/local/layout.ts'
import { namesIn } from '../../cluster/local/network.ts'
import { containerdConfig, kubeletConfig, networkConfig } from '../../cluster/local/node-config.ts'
import { mountPoints } from '../../cluster/local/teardown.ts'
import { corednsVersion, kubernetesVersion, localPathVersion } from '../../cluster/versions.ts'

const n1 = nodeLayout(1)

describe('nodes of the local cluster', () => {
  it('have addresses of their own and stand in three zones in turn', () => {
    expect(nodeLayouts(4).map(({ name, zone, ip, podRange }) => [name, zone, ip, podRange])).toEqual([
      ['n1', 'zone-a', '10.199.0.11', '10.200.1.0/24'],
      ['n2', 'zone-b', '10.199.0.12', '10.200.2.0/24'],
      ['n3', 'zone-c', '10.199.0.13', '10.200.3.0/24'],
      ['n4', 'zone-a', '10.199.0.14', '10.200.4.0/24'],
    ])
  })

  it('leave OOM scores alone where the machine does not let them be lowered', () => {
    const certificate = { certificate: 'c', key: 'k', authority: 'a' }
    expect(containerdConfig(n1, false)).toContain('restrict_oom_score_adj = true')
    expect(containerdConfig(n1, true)).toContain('restrict_oom_score_adj = false')
    expect(kubeletConfig(n1, certificate, false)).toMatchObject({ oomScoreAdj: 0 })
    expect(kubeletConfig(n1, certificate, true)).not.toHaveProperty('oomScoreAdj')
  })

  it('give their pods addresses of their own range', () => {
    expect(JSON.stringify(networkConfig(n1))).toContain('"subnet":"10.200.1.0/24"')
  })
})

describe('the etcd of the control plane', () => {
  it('listens on loopback, and answers nobody without a certificate', () => {
    const flags = new Map(etcdFlags().map((flag) => [flag.split('=')[0], flag.slice(flag.indexOf('=') + 1)] as const))
    for (const kind of ['client', 'peer']) expect(flags.get(`--listen-${kind}-urls`)).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    for (const flag of ['--client-cert-auth', '--peer-client-cert-auth']) expect(flags.has(flag)).toBe(true)
    for (const flag of ['--trusted-ca-file', '--peer-trusted-ca-file']) expect(flags.get(flag)).toMatch(/\/etcd-ca\.crt$/)
  })
})

describe('what is found on the machine', () => {
  it('reads the start time behind a name with blanks and parentheses', () => {
    const fields = Array.from({ length: 50 }, (_, index) => String(index + 3))
    expect(startTicksIn(`42 (a) b) (c) S ${fields.slice(1).join(' ')}`)).toBe('22')
  })

  it('takes a zombie for gone', () => {
    expect(startTicksIn('42 (etcd) Z 1 42 42 0')).toBeUndefined()
  })

  it('reads mount points, also with blanks', () => {
    expect(mountPoints('36 35 98:0 / /mnt/a\\040b rw - ext4 /dev/x rw\n')).toEqual(['/mnt/a b'])
  })

  it('takes only links and namespaces with our prefix for ours', () => {
    const links = '1: lo: <LOOPBACK> mtu\n7: eod-bridge: <UP> mtu\n9: eod-n1@if2: <UP> mtu\n10: docker0: <UP> mtu eod-n9\n'
    expect(namesIn(links)).toEqual(['eod-bridge', 'eod-n1'])
    expect(namesIn('eod-n1 (id: 0)\nother\neod-n2\n')).toEqual(['eod-n1', 'eod-n2'])
  })
})

describe('the versions', () => {
  it('are those of go.mod', () => {
    const goMod = readFileSync(join(import.meta.dirname, '../../cluster/local/go/go.mod'), 'utf8')
    expect(goMod).toContain(`k8s.io/kubernetes v${kubernetesVersion}`)
    expect(goMod).toContain(`github.com/coredns/coredns v${corednsVersion}`)
    expect(goMod).toContain(`github.com/rancher/local-path-provisioner v${localPathVersion}`)
  })
})
