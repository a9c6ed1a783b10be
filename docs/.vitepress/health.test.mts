import { deepEqual } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
// It has no types.
import fengari from 'fengari'
import { kstatus } from '../../test/builders/kstatus.ts'

/** The health check for Argo CD on the page about GitOps, run by a Lua, says the same as kstatus of whatever an object may look like. */

const page = readFileSync(join(import.meta.dirname, '..', 'gitops.md'), 'utf8')
const [, indented = ''] = /_EtcdCluster: &health \|\n((?: {4}.*\n)+)/.exec(page) ?? []
const asArgo = { Current: 'Healthy', Failed: 'Degraded', InProgress: 'Progressing', Terminating: 'Progressing' } as const
const truths = ['True', 'False', 'Unknown'] as const

test('the health check says of every status what kstatus says of it', () => {
  const seen = new Set<string>()
  for (const object of objects()) {
    const health = healthOf(object)
    seen.add(health)
    deepEqual([health, object], [asArgo[kstatus(object)], object])
  }
  deepEqual([...seen].toSorted(), ['Degraded', 'Healthy', 'Progressing'])
})

test('an object without a status is on its way', () => {
  deepEqual(healthOf({ metadata: { generation: 1 } }), 'Progressing')
})

/** What the operator writes: EtcdBackups and EtcdRestores have Complete and Reconciling, the others Ready. */
function* objects() {
  for (const deleted of [{}, { deletionTimestamp: '2026-11-28T08:00:00Z' }])
    for (const observedGeneration of [-1, 1, 2])
      for (const stalled of truths)
        for (const conditions of [
          ...truths.map((ready) => [aCondition('Ready', ready)]),
          [aCondition('Complete', 'True')],
          [aCondition('Complete', 'Unknown'), aCondition('Reconciling', 'True')],
        ])
          yield {
            metadata: { generation: 2, ...deleted },
            status: { observedGeneration, conditions: [aCondition('Stalled', stalled), ...conditions] },
          }
}

function aCondition(type: string, status: string) {
  return { type, status, reason: 'Reason', message: 'a message' }
}

function healthOf(object: unknown): string {
  const { lua, lauxlib, lualib, to_luastring, to_jsstring } = fengari
  const L = lauxlib.luaL_newstate()
  lualib.luaL_openlibs(L)
  const program = `obj = ${tableOf(object)}\nlocal function check()\n${indented}end\nreturn check().status`
  if (lauxlib.luaL_dostring(L, to_luastring(program)) !== lua.LUA_OK) throw new Error(to_jsstring(lua.lua_tostring(L, -1)))
  return to_jsstring(lua.lua_tostring(L, -1))
}

function tableOf(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(tableOf).join(', ')}}`
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, inside]) => `${key} = ${tableOf(inside)}`)
      .join(', ')}}`
  return JSON.stringify(value)
}
