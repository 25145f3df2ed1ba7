import { html, useState } from 'htm/preact/standalone';
import { clock, duration } from '../../../platform/page/format.js';
import { usePolled } from '../live.js';
import { ProblemNote, Prose } from '../parts.js';
import { Charts } from './charts.js';
import { Failures } from './failures.js';
import { Processes } from './processes.js';
import { Projects } from './projects.js';
import { Remedies, withoutRequests } from './remedies.js';
import { Sending } from './sending.js';

const QUEUE_MS = 3000;
const HISTORY_MS = 10_000;

export function NowView({ session, may }) {
  const [changed, setChanged] = useState(null);
  const maySee = may('read') || may('operate');
  const { data, answeredAt, problem, reload } = usePolled(maySee ? 'queue' : null, QUEUE_MS);
  const history = usePolled(maySee ? 'queue/history' : null, HISTORY_MS);
  const isChanged = changed !== null && changed.before === data;
  const queue = isChanged ? changed.after : data;
  const since = isChanged ? changed.answeredAt : answeredAt;
  // The answer to an action says how things stand now; the next one that is asked for takes its place.
  const show = (after) => {
    setChanged({ before: data, after, answeredAt: Date.now() });
    reload();
  };
  return html`<h1>Now</h1>
    <${ProblemNote} problem=${problem} title="The state of the queue cannot be read" onRetry=${reload} />
    ${!maySee && html`<p class="empty">Your key may not see the queue: it needs the scope read or operate.</p>`}
    ${
      queue &&
      html`<${Health} queue=${queue} oldSince=${problem && since} />
        <${Sending}
          queue=${queue}
          mayChange=${may('operate') && session.projects === null}
          onChange=${show}
        />`
    }
    ${may('read') && html`<${Failures} may=${may} />`}
    ${history.data && html`<${Charts} history=${history.data} />`}
    ${
      queue &&
      html`<${Projects}
          projects=${queue.projects}
          mayChange=${may('operate') && !queue.paused}
          onChange=${show}
        />
        <${Processes} queue=${queue} />`
    }`;
}

const LEVELS = { ok: ['✓', 'good'], degraded: ['!', 'warn'], failing: ['✕', 'bad'] };

/** @param oldSince when the service last answered, if it does not any more: how things are now is then unknown */
function Health({ queue, oldSince }) {
  const { health, counts, oldestReadyAgeMs, workers } = queue;
  const [icon, tone] = oldSince ? ['?', 'over'] : LEVELS[health.level];
  const ready = counts.waiting + counts.prioritized;
  const age = oldestReadyAgeMs === null ? '' : `, the first for ${duration(oldestReadyAgeMs)}`;
  const figures = [
    ['waiting', ready + counts.delayed],
    [`ready for a worker${age}`, ready],
    ['held back by a pause, a retry or a busy call', counts.delayed],
    ['being sent', counts.active],
    ['workers', workers ?? '?'],
  ];
  return html`<section class="health ${tone}" aria-label="Health" aria-live="polite">
      <span class="icon" aria-hidden="true">${icon}</span>
      <div>
        <p class="sentence"><${Prose}>${health.message}<//></p>
        ${
          health.advice &&
          html`<p><${Prose}>${withoutRequests(health.advice)}<//></p>
            <${Remedies} advice=${health.advice} />`
        }
        ${oldSince && html`<p class="hint">This was so at ${clock(oldSince).slice(0, 8)}.</p>`}
      </div>
    </section>
    <dl class="figures">
      ${figures.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>`;
}
