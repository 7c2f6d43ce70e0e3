/** One sample of a metric, as prom-client writes it. */
export interface Sample {
  readonly metricName?: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

/** A histogram kept as plain numbers; samples are made when somebody scrapes. */
export interface Histogram {
  readonly observe: (value: number) => void
  readonly samples: () => readonly Sample[]
}

/** `bounds` in ascending order; what is above the last one counts as `+Inf`. */
export function histogram(
  name: string,
  bounds: readonly number[],
  labels: Readonly<Record<string, string>>
): Histogram {
  const counts = bounds.map(() => 0)
  let above = 0
  let sum = 0
  return {
    observe: (value) => {
      sum += value
      let i = 0
      while (i < bounds.length && value > (bounds[i] ?? 0)) i++
      if (i < bounds.length) counts[i] = (counts[i] ?? 0) + 1
      else above++
    },
    samples: () => {
      let total = 0
      const metricName = `${name}_bucket`
      const buckets = bounds.map((le, i) => {
        total += counts[i] ?? 0
        return { metricName, labels: { ...labels, le }, value: total }
      })
      const count = total + above
      return [
        ...buckets,
        { metricName, labels: { ...labels, le: '+Inf' }, value: count },
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: count }
      ]
    }
  }
}
