import { clusterPage } from './dashboards/cluster.ts'
import { clustersPage } from './dashboards/clusters.ts'

/** Grafana's dashboards as files: path to text. */
export function dashboardFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['deploy/monitoring/dashboard-clusters.json', jsonOf(clustersPage())],
    ['deploy/monitoring/dashboard-cluster.json', jsonOf(clusterPage())],
  ])
}

function jsonOf(dashboard: object): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`
}
