import { isMeasured, verdictOn } from './comparison.js';
import type { ChartEntry, Comparison, Outcome } from './comparison.js';
import { figure } from './figure.js';

/**
 * GitHub's text and background colours; the bars differ in lightness too, for readers who cannot tell the hues apart.
 */
const THEMES = {
  light: { background: '#ffffff', text: '#1f2328', muted: '#59636e', ours: '#0969da', plain: '#afb8c1' },
  dark: { background: '#0d1117', text: '#f0f6fc', muted: '#9198a1', ours: '#4493f8', plain: '#484f58' },
} as const;

export type Theme = keyof typeof THEMES;

const TITLE = 'streamstop compared with a plain NestJS and BullMQ build';
const WIDTH = 760;
const MARGIN = 24;
const BARS_FROM = 236;
const BARS_TO = 590;
const BAR = 13;
const ROW = 42;
const HEADING = 40;
const HEADINGS = { higher: 'Higher is better', lower: 'Lower is better' } as const;

type Charted = Comparison & { readonly chart: ChartEntry };

/** An SVG chart of all comparisons with a `chart` entry: two bars each, scaled so that the plain build is 1. */
export function benchChart(outcomes: readonly Outcome[], theme: Theme): string {
  const charted = outcomes.filter(isMeasured).filter((one): one is Charted => one.chart !== undefined);
  const colours = THEMES[theme];
  const panels = (['higher', 'lower'] as const)
    .map((better) => ({ better, rows: charted.filter(({ chart }) => chart.better === better) }))
    .filter(({ rows }) => rows.length > 0);
  const widest = Math.max(1, ...charted.map((row) => verdictOn(row).pairs.median));
  const scale = (BARS_TO - BARS_FROM) / widest;
  const body: string[] = [];
  let y = 84;
  for (const { better, rows } of panels) {
    body.push(text(MARGIN, y + 18, HEADINGS[better], 'class="heading"'));
    y += HEADING;
    for (const row of rows) {
      body.push(rowOf(row, y, scale));
      y += ROW;
    }
  }
  const height = y + 12;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title description">
<title id="title">${TITLE}</title>
<desc id="description">${escaped(charted.map(sentenceOf).join(' '))}</desc>
<style>
  text { font: 14px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; fill: ${colours.text}; }
  .title { font-size: 18px; font-weight: 600; }
  .heading { font-weight: 600; fill: ${colours.muted}; }
  .value { font-size: 12px; fill: ${colours.muted}; }
  .ratio { font-weight: 600; }
  .ours { fill: ${colours.ours}; }
  .plain { fill: ${colours.plain}; }
</style>
<rect width="${WIDTH}" height="${height}" fill="${colours.background}"/>
${text(MARGIN, 34, TITLE, 'class="title"')}
${legend()}
${body.join('\n')}
</svg>
`;
}

const legend = (): string =>
  [
    `<rect class="ours" x="${MARGIN}" y="52" width="${BAR}" height="${BAR}"/>`,
    text(MARGIN + 20, 63, 'streamstop'),
    `<rect class="plain" x="${MARGIN + 116}" y="52" width="${BAR}" height="${BAR}"/>`,
    text(MARGIN + 136, 63, 'plain build'),
  ].join('\n');

function rowOf(row: Charted, y: number, scale: number): string {
  const { ours, theirs, pairs } = verdictOn(row);
  const { label, unit } = row.chart;
  return [
    text(BARS_FROM - 12, y + BAR + 6, label, 'text-anchor="end"'),
    bar('ours', y, pairs.median * scale, amount(ours, unit)),
    bar('plain', y + BAR + 2, scale, amount(theirs, unit)),
    text(WIDTH - MARGIN, y + BAR + 6, `${pairs.median.toFixed(2)} ×`, 'class="ratio" text-anchor="end"'),
  ].join('\n');
}

const bar = (side: 'ours' | 'plain', y: number, width: number, value: string): string =>
  `<rect class="${side}" x="${BARS_FROM}" y="${y}" width="${width.toFixed(1)}" height="${BAR}"/>
${text(BARS_FROM + width + 6, y + BAR - 2, value, 'class="value"')}`;

/** For screen readers. */
function sentenceOf(row: Charted): string {
  const { ours, theirs, pairs } = verdictOn(row);
  const { label, unit, better } = row.chart;
  return `${label}: streamstop ${amount(ours, unit)}, plain build ${amount(theirs, unit)}, ratio ${pairs.median.toFixed(2)}, ${better} is better.`;
}

const amount = (value: number, unit: string): string =>
  unit.startsWith('/') ? figure(value) + unit : `${figure(value)} ${unit}`.trimEnd();

const text = (x: number, y: number, content: string, attributes = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${escaped(content)}</text>`;

const escaped = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
