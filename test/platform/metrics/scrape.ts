/** A metric as a scrape shows it. */
export interface ScrapedMetric {
  readonly type: string;
  /** Of all of its series, without `le`. */
  readonly labels: readonly string[];
  /** Each series with its value, as the scrape has it. */
  readonly series: ReadonlyMap<string, number>;
}

/** Figures of the queue may be a second old. */
export const SCRAPED = { timeout: 10_000, interval: 100 };

const SAMPLE = /^(?<name>\w+)(?:\{(?<labels>.*)\})? (?<value>\S+)$/;

/** Reads Prometheus' text format. The parts of a histogram are under its name. */
export function readScrape(text: string): ReadonlyMap<string, ScrapedMetric> {
  const metrics = new Map<string, { type: string; labels: Set<string>; series: Map<string, number> }>();
  for (const line of text.split('\n')) {
    const [, named, type] = /^# TYPE (\w+) (\w+)$/.exec(line) ?? [];
    if (named !== undefined && type !== undefined)
      metrics.set(named, { type, labels: new Set(), series: new Map() });
    const { name = '', labels = '', value = '' } = SAMPLE.exec(line)?.groups ?? {};
    const metric = metrics.get(name) ?? metrics.get(name.replace(/_(bucket|sum|count)$/, ''));
    if (metric === undefined) continue;
    metric.series.set(line.slice(0, line.lastIndexOf(' ')), Number(value));
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) if (label !== 'le') metric.labels.add(label);
  }
  return new Map(
    [...metrics].map(([name, { type, labels, series }]) => [name, { type, labels: [...labels], series }]),
  );
}
