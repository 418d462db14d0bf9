export type Labels = Readonly<Record<string, string>>;

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  lines(): readonly string[];
}

/** Something that only grows. */
export class Counter implements Metric {
  readonly name: string;
  readonly help: string;
  readonly type = 'counter';
  readonly #values = new Map<string, number>();

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  add(count = 1, labels: Labels = {}): void {
    const key = renderLabels(labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + count);
  }

  lines(): readonly string[] {
    if (this.#values.size === 0) return [`${this.name} 0`];
    return [...this.#values].map(([labels, value]) => `${this.name}${labels} ${value}`);
  }
}

/** Something that is read when somebody asks. */
export class Reading implements Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly #read: () => readonly (readonly [value: number, labels?: Labels])[];

  constructor(
    name: string,
    help: string,
    type: 'counter' | 'gauge',
    read: () => readonly (readonly [value: number, labels?: Labels])[],
  ) {
    this.name = name;
    this.help = help;
    this.type = type;
    this.#read = read;
  }

  lines(): readonly string[] {
    return this.#read().map(([value, labels = {}]) => `${this.name}${renderLabels(labels)} ${value}`);
  }
}

/** How something is distributed. */
export class Histogram implements Metric {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly #series = new Map<
    string,
    { readonly labels: Labels; readonly counts: number[]; count: number; sum: number }
  >();

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  observe(value: number, labels: Labels = {}): void {
    const key = renderLabels(labels);
    const series = this.#series.get(key) ?? { labels, counts: BUCKETS.map(() => 0), count: 0, sum: 0 };
    this.#series.set(key, series);
    series.count += 1;
    series.sum += value;
    const index = BUCKETS.findIndex((limit) => value <= limit);
    if (index >= 0) series.counts[index] = (series.counts[index] ?? 0) + 1;
  }

  lines(): readonly string[] {
    return [...this.#series.values()].flatMap(({ labels, counts, count, sum }) => {
      let below = 0;
      const buckets = BUCKETS.map((limit, index) => {
        below += counts[index] ?? 0;
        return `${this.name}_bucket${renderLabels({ ...labels, le: String(limit) })} ${below}`;
      });
      const text = renderLabels(labels);
      return [
        ...buckets,
        `${this.name}_bucket${renderLabels({ ...labels, le: '+Inf' })} ${count}`,
        `${this.name}_sum${text} ${sum}`,
        `${this.name}_count${text} ${count}`,
      ];
    });
  }
}

/** The text format of Prometheus, version 0.0.4. */
export function renderMetrics(metrics: readonly Metric[]): string {
  const lines = metrics.flatMap((metric) => [
    `# HELP ${metric.name} ${metric.help}`,
    `# TYPE ${metric.name} ${metric.type}`,
    ...metric.lines(),
  ]);
  return `${lines.join('\n')}\n`;
}

function renderLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
