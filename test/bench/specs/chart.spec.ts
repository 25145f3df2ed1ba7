import { DOMParser } from '@xmldom/xmldom';
import { describe, expect, it } from 'vitest';
import { benchChart } from '../results/chart.js';
import type { Outcome } from '../results/comparison.js';

const RATE: Outcome = {
  what: 'requests',
  quantity: 'requests/s',
  ours: [9000, 9000],
  theirs: [6000, 4500],
  comparedWith: 'plain build',
  chart: { label: 'requests & more', unit: '/s', better: 'higher' },
};
const TIME: Outcome = {
  ...RATE,
  ours: [6],
  theirs: [8],
  chart: { label: 'p99', unit: 'ms', better: 'lower' },
};
const UNCHARTED: Outcome = { what: 'other', quantity: 'ms', ours: [1], theirs: [1], comparedWith: 'itself' };
const OUTCOMES = [TIME, RATE, UNCHARTED, { what: 'broken', reason: 'no Redis' }];

const parsed = (svg: string) => new DOMParser().parseFromString(svg, 'image/svg+xml');
const textsIn = (svg: string): (string | null)[] =>
  Array.from(parsed(svg).getElementsByTagName('text'), ({ textContent }) => textContent);
/** The widths of one side's bars; the legend is left of them. */
const widthsOf = (svg: string, side: 'ours' | 'plain'): number[] =>
  Array.from(parsed(svg).getElementsByTagName('rect'))
    .filter((bar) => bar.getAttribute('class') === side && Number(bar.getAttribute('x')) > 200)
    .map((bar) => Number(bar.getAttribute('width')));

const withoutColours = (svg: string): string => svg.replaceAll(/#[0-9a-f]{6}/g, '');

describe('the chart of the bench', () => {
  const svg = benchChart(OUTCOMES, 'light');

  it('shows the ratio and both values of each comparison, those where higher is better first', () => {
    expect(textsIn(svg)).toEqual([
      'streamstop compared with a plain NestJS and BullMQ build',
      'streamstop',
      'plain build',
      'Higher is better',
      'requests & more',
      '9,000/s',
      '5,250/s',
      '1.75 ×',
      'Lower is better',
      'p99',
      '6.00 ms',
      '8.00 ms',
      '0.75 ×',
    ]);
  });

  it('scales all bars so that the plain build is 1', () => {
    const [[rate = 0, time = 0], [plainRate = 0, plainTime = 0]] = [
      widthsOf(svg, 'ours'),
      widthsOf(svg, 'plain'),
    ];
    expect(plainRate).toBe(plainTime);
    expect(rate / plainRate).toBeCloseTo(1.75, 2);
    expect(time / plainTime).toBeCloseTo(0.75, 2);
  });

  it('tells screen readers its title and all values', () => {
    const document = parsed(svg).documentElement;
    expect(document?.getAttribute('role')).toBe('img');
    expect(document?.getAttribute('aria-labelledby')).toBe('title description');
    expect(svg).toContain('<title id="title">streamstop compared with');
    expect(svg).toContain('p99: streamstop 6.00 ms, plain build 8.00 ms, ratio 0.75, lower is better.');
  });

  it('differs between light and dark in its colours only', () => {
    const dark = benchChart(OUTCOMES, 'dark');
    expect(dark).not.toBe(svg);
    expect(withoutColours(dark)).toBe(withoutColours(svg));
  });
});
