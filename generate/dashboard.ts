import { dashboardRows, type Panel, type Row } from './dashboard-panels.ts'

/** charts/spiffe-webhook/files/dashboard.json, as Grafana imports it. */
export function dashboardFile(rows: readonly Row[] = dashboardRows): string {
  let y = 0
  let id = 0
  const panels = rows.flatMap(({ title, panels }) => {
    const heading = {
      id: ++id,
      type: 'row',
      title,
      gridPos: { x: 0, y: y++, w: 24, h: 1 },
      panels: []
    }
    let x = 0
    const placed = panels.map((panel) => {
      const [w, h] = panel.kind === 'stat' ? [6, 4] : [12, 8]
      if (x + w > 24) {
        x = 0
        y += h
      }
      const shown = { ...show(panel, ++id), gridPos: { x, y, w, h } }
      x += w
      if (panel.kind === 'stat' && x === 24) {
        x = 0
        y += h
      }
      return shown
    })
    y += 8
    return [heading, ...placed]
  })
  const dashboard = {
    title: 'spiffe-webhook',
    uid: 'spiffe-webhook',
    description: 'Generated from generate/dashboard.ts (npm run generate).',
    tags: ['spiffe', 'istio', 'admission'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: [dataSource, job] },
    panels
  }
  return `${JSON.stringify(dashboard, null, 2)}\n`
}

const dataSource = {
  name: 'datasource',
  label: 'Data source',
  type: 'datasource',
  query: 'prometheus'
}
const source = { type: 'prometheus', uid: '${'.concat('datasource}') }
const job = {
  name: 'job',
  label: 'Job',
  type: 'query',
  datasource: source,
  query: 'label_values(spiffe_webhook_ready, job)',
  refresh: 2,
  multi: true,
  includeAll: true,
  current: { text: ['All'], value: ['$__all'] }
}

function show({ title, description, kind, unit, queries }: Panel, id: number): object {
  return {
    id,
    type: kind,
    title,
    description,
    datasource: source,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: queries.map(([expr, legendFormat], index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: source,
      expr,
      legendFormat,
      instant: kind === 'stat'
    }))
  }
}
