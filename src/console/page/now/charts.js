import { html } from 'htm/preact/standalone';
import { duration } from '../../../platform/page/format.js';

const SECONDS = 900;
const HEIGHT = 100;

/** Where the axis of times begins and at least ends: logarithmic, so that a peak leaves the rest readable. */
const SHORTEST_MS = 10;
const LONG_MS = 1000;

export function Charts({ history: { samples, intervalMs } }) {
  if (samples.length === 0)
    return html`<p class="empty">The charts begin ${duration(intervalMs)} after the service.</p>`;
  const of = (name, tone, read) => ({ name, tone, values: samples.map(read) });
  const outcomes = [
    of('succeeded', 'good', (sample) => sample.outcomes.succeeded),
    of('withdrawn', 'over', (sample) => sample.outcomes.withdrawn),
    of('failed or expired', 'bad', ({ outcomes: { failed, expired } }) => failed + expired),
  ];
  const x = placesOf(samples, Date.now());
  const apartMost = (1.5 * intervalMs) / 1000;
  const lines = (y, series) =>
    series.map(
      ({ tone, values }) => html`<path class="line ${tone}" d=${lineOf(x, values.map(y), apartMost)} />`,
    );
  const stacked = outcomes.map(({ tone }, last) => ({ tone, values: totals(outcomes.slice(0, last + 1)) }));
  const bars = (y) => stacked.toReversed().map((one) => barsOf(x, y, intervalMs / 1000, one));
  const every = duration(intervalMs);
  const times = [
    of('half within', 'good', ({ timeToStop }) => timeToStop.p50Ms),
    of('99 % within', 'busy', ({ timeToStop }) => timeToStop.p99Ms),
  ];
  const waiting = of('waiting', 'busy', (sample) => sample.waiting + sample.delayed);
  const wait = of('wait', 'busy', (sample) => sample.oldestReadyAgeMs ?? 0);
  return html`<h2>The last 15 minutes, up to ${every} old</h2>
    <p class="hint">Bold: the newest value. A cross is a lone point.</p>
    <section class="charts">
      <${Chart} title="Waiting" series=${[waiting]} draw=${lines} />
      <${Chart} title="Longest wait for a worker" series=${[wait]} text=${duration} draw=${lines} />
      <${Chart}
        title="Time to stop, since the request"
        series=${times}
        text=${duration}
        scale=${logarithmic}
        draw=${lines}
      />
      <${Chart} title=${`Ended, per ${every}`} series=${outcomes} tops=${totals(outcomes)} draw=${bars} />
    </section>`;
}

function linear(top, text) {
  const most = Math.max(top, 1);
  return { label: `0 to ${text(most)}`, share: (value) => value / most };
}

export function logarithmic(top) {
  const longest = Math.max(top, LONG_MS);
  return {
    label: `logarithmic, ${duration(SHORTEST_MS)} to ${duration(longest)}`,
    share: (ms) => Math.log(Math.max(ms, SHORTEST_MS) / SHORTEST_MS) / Math.log(longest / SHORTEST_MS),
  };
}

/** The legend says in words what `draw` shows, given where a value is on the vertical axis. */
function Chart({ title, series, text = String, tops = values(series), scale = linear, draw }) {
  const { label, share } = scale(Math.max(...tops), text);
  const y = (value) => (value === null ? null : HEIGHT * (1 - share(value)));
  return html`<figure class="panel">
    <figcaption>
      <b>${title}</b>
      ${series.map(({ name, tone, values }) => {
        const [last, peak] = [values.at(-1), Math.max(...values)];
        return html`<span class="key ${tone}">
          ${name} <b>${last === null ? 'no stops' : text(last)}</b>
          ${peak > 0 && html`<span class="hint">, peak ${text(peak)}</span>`}
        </span>`;
      })}
    </figcaption>
    <div class="plot" aria-hidden="true">
      <span class="hint">${label}</span>
      <svg viewBox="0 -2 ${SECONDS} ${HEIGHT + 4}" preserveAspectRatio="none">${draw(y, series)}</svg>
      <span class="hint scale"><span>15 min ago</span><span>now</span></span>
    </div>
  </figure>`;
}

const values = (series) => series.flatMap((one) => one.values);

const totals = (series) =>
  series[0].values.map((_, index) => series.reduce((sum, { values }) => sum + values[index], 0));

/** Where samples are on the axis, which ends now; or with the last of them, if the browser's clock is behind. */
export function placesOf(samples, now) {
  const ends = samples.map(({ at }) => Date.parse(at));
  const right = Math.max(now, ends.at(-1));
  return ends.map((end) => SECONDS - (right - end) / 1000);
}

/** A path; a point alone is a cross. Samples that are further apart than `apartMost` are not connected. */
export function lineOf(x, y, apartMost) {
  const isPoint = (index) => Number.isFinite(y[index]);
  const isJoined = (index) => isPoint(index - 1) && isPoint(index) && x[index] - x[index - 1] <= apartMost;
  return y
    .map((value, index) => {
      if (value === null) return '';
      const at = `${x[index].toFixed(1)} ${value.toFixed(1)}`;
      if (isJoined(index)) return `L${at}`;
      return isJoined(index + 1) ? `M${at}` : `M${at}m-4 0h8m-4-3v6`;
    })
    .join('');
}

/** Each bar begins at the bottom: those of more are drawn first. */
const barsOf = (x, y, width, { tone, values }) =>
  html`<path
    class="bars ${tone}"
    stroke-width=${width * 0.85}
    d=${values.map((value, index) => `M${x[index] - width / 2} ${HEIGHT}V${y(value)}`).join('')}
  />`;
