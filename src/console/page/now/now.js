import { html } from 'htm/preact/standalone';
import { clock, duration } from '../../../platform/page/format.js';
import { WAITING } from '../list/filter.js';
import { usePolled } from '../live.js';
import { cellsOf, listLink, ProblemNote, Prose, Section, Table, Time } from '../parts.js';
import { Charts } from './charts.js';
import { Failures } from './failures.js';
import { Projects } from './projects.js';
import { Remedies, withoutRequests } from './remedies.js';
import { Sending } from './sending.js';

const QUEUE_MS = 3000;
const HISTORY_MS = 10_000;

export function NowView({ session, may }) {
  const { data: queue, answeredAt, problem, reload } = usePolled('queue', QUEUE_MS);
  const history = usePolled('queue/history', HISTORY_MS);
  const isOff = Boolean(queue && problem);
  const title = isOff
    ? `Everything below was so at ${clock(answeredAt).slice(0, 8)} and may have changed`
    : 'The state of the queue cannot be read';
  const mayOperate = may('operate');
  const actions = { isOff, by: session.name, onChange: reload };
  return html`<div>
    <h1>Now</h1>
    <${ProblemNote} problem=${problem} title=${title} onRetry=${reload} />
    ${
      queue &&
      html`<div class=${isOff && 'old'}>
        <${Health} queue=${queue} isOld=${isOff} may=${may} sees=${session.projects} />
        <${Sending} queue=${queue} mayChange=${mayOperate && session.projects === null} ...${actions} />
        ${may('read') && html`<${Failures} may=${may} endedBadly=${queue.counts.failed} ...${actions} />`}
        ${history.data && html`<${Charts} history=${history.data} />`}
        <${Projects} projects=${queue.projects} mayChange=${mayOperate && !queue.paused} ...${actions} />
        <${Processes} processes=${queue.processes} />
      </div>`
    }
  </div>`;
}

const LEVELS = { ok: ['✓', 'good'], degraded: ['!', 'warn'], failing: ['✕', 'bad'] };

function Health({ queue, isOld, may, sees }) {
  const { health, counts, oldestReadyAgeMs, workers } = queue;
  const [icon, tone] = isOld ? ['?', 'over'] : LEVELS[health.level];
  const ready = counts.waiting + counts.prioritized;
  const age = oldestReadyAgeMs === null ? '' : `, the first for ${duration(oldestReadyAgeMs)}`;
  const waiting = ready + counts.delayed;
  const figures = [
    [
      sees ? 'waiting, of all projects' : 'waiting',
      waiting > 0 && may('read') ? listLink({ status: WAITING }, waiting) : waiting,
    ],
    [`ready for a worker${age}`, ready],
    ['held back by a pause, project, retry or call', counts.delayed],
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
            <${Remedies} advice=${health.advice} may=${may} />`
        }
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

const PROCESS = ['Process', 'Roles', 'Version', 'Started', 'Last asked for a job'];

const Processes = ({ processes }) =>
  html`<${Section} id="processes" title="Processes">
    <${Table} columns=${PROCESS}>
      ${processes.map(({ id, ...one }) => {
        const times = [one.startedAt, one.lastPickUpAt].map((at) => html`<${Time} at=${at} />`);
        return html`<tr key=${id}>
          <th scope="row" class="mono">${id}</th>
          ${cellsOf(PROCESS.slice(1), [one.roles.join(', '), one.version, ...times])}
        </tr>`;
      })}
    <//>
  <//>`;
