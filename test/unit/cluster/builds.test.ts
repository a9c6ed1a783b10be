import { describe, expect, it } from 'vitest'
import { clusterBinaries, etcdBinaries } from '../../cluster/binaries.ts'
import { buildGroups, titleOf } from '../../cluster/builds.ts'
import { adviceFor, buildArgs, isPackage, programName } from '../../cluster/go-build.ts'
import { binariesFor } from '../../cluster/local/start.ts'
import { etcdVersions } from '../../cluster/versions.ts'

describe('what is built for a cluster', () => {
  it('is one etcd, and kubectl only where the machine has none, when no more is asked for', () => {
    const lean = binariesFor({ etcdVersions: ['3.6.16'], kubectl: 'any' })
    expect(lean.filter((name) => name.startsWith('etcd-'))).toEqual(['etcd-3.6.16/etcd', 'etcd-3.6.16/etcdctl', 'etcd-3.6.16/etcdutl'])
    expect(lean).not.toContain('kubectl')
    expect(binariesFor({ etcdVersions: ['3.6.16'], kubectl: 'own' })).toContain('kubectl')
  })

  it('is every etcd for the tests, the one of the control plane first', () => {
    const names = etcdBinaries(etcdVersions)
    expect(names).toHaveLength(3 * etcdVersions.length)
    expect(names[0]).toBe('etcd-3.6.16/etcd')
  })
})

describe('builds', () => {
  it('make all programs of a module at once, so that what they share is compiled once', () => {
    const groups = buildGroups([...etcdBinaries(['3.6.16', '3.7.3']), ...clusterBinaries])
    expect(groups.map(({ lane, after, names }) => [lane, after, names.length])).toEqual([
      ['etcd', undefined, 3],
      ['etcd', undefined, 3],
      ['kubernetes', undefined, clusterBinaries.length - 1],
      ['kubernetes', 'kube-apiserver', 1],
    ])
  })

  it('begin with what the cluster starts with', () => {
    const [first] = buildGroups(clusterBinaries)
    expect(first?.names[0]).toBe('kube-apiserver')
  })

  it('are told by the names that people know', () => {
    expect([titleOf('kubelet'), titleOf('etcd-3.6.16/etcdctl')]).toEqual(['kubelet', 'etcdctl 3.6.16'])
  })
})

describe('go build', () => {
  it('leaves out what only a debugger reads', () => {
    expect(buildArgs('-s -w', '/out/').join(' ')).toBe(
      'build -v -trimpath -buildvcs=false -gcflags=all=-dwarf=false -ldflags -s -w -o /out/',
    )
  })

  it.each([
    ['go.etcd.io/etcd/server/v3', 'server'],
    ['k8s.io/kubernetes/cmd/kubelet', 'kubelet'],
    ['./coredns', 'coredns'],
  ])('names the program of %s %s', (path, name) => {
    expect(programName(path)).toBe(name)
  })

  it.each([
    ['k8s.io/api/core/v1', true],
    ['internal/goarch', true],
    ['runtime', true],
    ['go: downloading k8s.io/api v0.36.3', false],
    ['# k8s.io/api/core/v1', false],
    ['main.go:3:1: syntax error', false],
    ['', false],
  ])('prints "%s": a package that it compiles: %s', (line, expected) => {
    expect(isPackage(line)).toBe(expected)
  })

  it.each([
    ['go: k8s.io/api@v0.36.3: Get "https://proxy.golang.org/k8s.io/api": dial tcp: lookup proxy.golang.org: no such host', /GOPROXY/],
    ['write /tmp/x: no space left on device', /make room/],
    ['github.com/a/b: /usr/local/go/pkg/tool/compile: signal: killed', /memory/],
  ])('fails with "%s", and the advice fits', (why, advice) => {
    expect(adviceFor(why).advice).toMatch(advice)
  })
})
