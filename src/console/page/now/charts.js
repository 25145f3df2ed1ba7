import { html } from 'htm/preact/standalone';
import { duration } from '../../../platform/page/format.js';

const SECONDS = 900;
const HEIGHT = 100;

/** Samples that are further apart have others between them that are missing. */
const MOST_INTERVALS = 1.5;

/** From below. */
const OUTCOMES = { succeeded: 'good', withdrawn: 'over', expired: 'warn', failed: 'bad' };

/** The last 15 minutes in four charts. */
export function Charts({ history: { samples, intervalMs } }) {
  if (samples.length === 0)
    return html`<p class="empty">The charts begin ${duration(intervalMs)} after the service.</p>`;
  const of = (name, tone, read) => ({ name, tone, values: samples.map((sample) => read(sample) ?? null) });
  const outcomes = Object.entries(OUTCOMES).map(([kind, tone]) =>
    of(kind, tone, (sample) => sample.outcomes[kind]),
  );
  const x = placesOf(samples, Date.now());
  const apartMost = (MOST_INTERVALS * intervalMs) / 1000;
  const charts = [
    ['Waiting', [of('waiting', 'busy', ({ waiting, delayed }) => waiting + delayed)], String],
    ['Oldest that could be sent', [of('age', 'busy', (sample) => sample.oldestReadyAgeMs ?? 0)], duration],
    [
      'Time to stop',
      [
        of('half within', 'good', ({ timeToStop }) => timeToStop.p50Ms),
        of('99 % within', 'busy', ({ timeToStop }) => timeToStop.p99Ms),
      ],
      duration,
    ],
  ];
  return html`<section class="charts" aria-label="The last 15 minutes">
    ${charts.map(
      ([title, series, text]) =>
        html`<${Chart} title=${title} series=${series} text=${text} top=${highest(series)}>
          ${(y) => series.map(({ tone, values }) => html`<path class="line ${tone}" d=${lineOf(x, values.map(y), apartMost)} />`)}
        <//>`,
    )}
    <${Chart}
      title=${`Ended, per ${duration(intervalMs)}`}
      series=${outcomes}
      text=${String}
      top=${Math.max(...totals(outcomes))}
    >
      ${(y) => barsOf(x, outcomes, y, intervalMs / 1000)}
    <//>
  </section>`;
}

/** The legend says in words what the drawing shows. `children` draws, given where a value is on the vertical axis. */
function Chart({ title, series, text, top, children }) {
  const y = (value) => (value === null ? null : HEIGHT * (1 - value / Math.max(top, 1)));
  return html`<figure class="panel">
    <figcaption>
      <b>${title}</b>
      ${series.map(({ name, tone, values }) => {
        const last = values.findLast((value) => value !== null);
        return html`<span class="key ${tone}">
          ${name} <b>${last === undefined ? '–' : text(last)}</b>
          ${last !== undefined && html`<span class="hint">, at most ${text(Math.max(...values))}</span>`}
        </span>`;
      })}
    </figcaption>
    <div class="plot" aria-hidden="true">
      <span class="hint">${text(top)}</span>
      <svg viewBox="0 0 ${SECONDS} ${HEIGHT}" preserveAspectRatio="none">${children(y)}</svg>
      <span class="hint scale"><span>15 min ago</span><span>now</span></span>
    </div>
  </figure>`;
}

const highest = (series) => Math.max(...series.flatMap(({ values }) => values));

const totals = (series) =>
  series[0].values.map((_, index) => series.reduce((sum, { values }) => sum + values[index], 0));

/**
 * Where the samples are on the horizontal axis, which ends now; or with the last sample, if the browser's clock is
 * behind.
 */
export function placesOf(samples, now) {
  const ends = samples.map(({ at }) => Date.parse(at));
  const right = Math.max(now, ends.at(-1));
  return ends.map((end) => SECONDS - (right - end) / 1000);
}

/**
 * A path through what is known; a point alone is a dot. Samples that are further apart than `apartMost` are not
 * connected.
 */
export const lineOf = (x, y, apartMost) =>
  y
    .map((value, index) => {
      if (value === null) return '';
      const isFirst = index === 0 || y[index - 1] === null || x[index] - x[index - 1] > apartMost;
      return `${isFirst ? 'M' : 'L'}${x[index].toFixed(1)} ${value.toFixed(1)}${isFirst ? 'h.1' : ''}`;
    })
    .join('');

/** One bar per sample, with a part for each series, from below. */
function barsOf(x, series, y, width) {
  return x.flatMap((end, index) => {
    let sum = 0;
    return series.map(({ tone, values }) => {
      const before = y(sum);
      sum += values[index];
      if (values[index] === 0) return null;
      return html`<rect
        class=${tone}
        x=${end - width}
        y=${y(sum)}
        width=${width * 0.85}
        height=${before - y(sum)}
      />`;
    });
  });
}
