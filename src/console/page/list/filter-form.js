import { html } from 'htm/preact/standalone';
import { words } from '../../../platform/page/format.js';
import { usePolled } from '../live.js';
import { changed, EVIDENCE, LAST, STATUSES } from './filter.js';
import { REASONS } from './reasons.js';

const MORE = ['failureCode', 'evidence', 'requestedBy', 'createdAfter', 'createdBefore'];

/** The filter as a form. Each change takes effect at once and is in the address. */
export function FilterForm({ filter, session, onChange }) {
  const set = (name) => (value) => onChange(changed(filter, name, value));
  const { data: queue } = usePolled('queue', 0);
  const projects = session.projects ?? queue?.projects.map(({ project }) => project) ?? [];
  const status = filter.status ?? [];
  const toggle = (one) =>
    set('status')(status.includes(one) ? status.filter((other) => other !== one) : [...status, one]);
  return html`<form class="panel filter" aria-label="Filter" onSubmit=${(event) => event.preventDefault()}>
    <fieldset>
      <legend>Status</legend>
      ${STATUSES.map(
        (one) =>
          html`<label class="choice">
            <input type="checkbox" checked=${status.includes(one)} onChange=${() => toggle(one)} /> ${one}
          </label>`,
      )}
    </fieldset>
    <div class="fields">
      <${Field} label="Call SID" value=${filter.callSid} onInput=${set('callSid')} />
      <${Field} label="Stream name" value=${filter.streamName} onInput=${set('streamName')} />
      <${Choice}
        label="Project"
        any="all"
        value=${filter.project}
        options=${projects}
        onInput=${set('project')}
      />
      <${Choice}
        label="Accepted"
        any="at any time"
        value=${filter.last}
        options=${Object.keys(LAST)}
        name=${(one) => `in ${LAST[one].name}`}
        onInput=${(value) => set('last')(String(value))}
      />
    </div>
    <details open=${MORE.some((name) => filter[name] !== undefined)}>
      <summary>More filters</summary>
      <div class="fields">
        <${Choice}
          label="Reason"
          any="any"
          value=${filter.failureCode}
          options=${Object.keys(REASONS)}
          name=${(one) => REASONS[one] ?? one}
          onInput=${set('failureCode')}
        />
        <${Choice}
          label="Evidence"
          any="any"
          value=${filter.evidence}
          options=${EVIDENCE}
          name=${words}
          onInput=${set('evidence')}
        />
        <${Field}
          label="Requested by"
          value=${filter.requestedBy?.join(',')}
          onInput=${(value) => set('requestedBy')(value && value.split(','))}
        />
        <${Moment} label="Accepted since" value=${filter.createdAfter} onInput=${set('createdAfter')} />
        <${Moment} label="Accepted before" value=${filter.createdBefore} onInput=${set('createdBefore')} />
      </div>
    </details>
    ${Object.keys(filter).length > 0 && html`<button type="button" onClick=${() => onChange({})}>Clear the filter</button>`}
  </form>`;
}

const Field = ({ label, value = '', onInput, type = 'text' }) =>
  html`<label
    >${label}<input type=${type} value=${value} onChange=${({ target }) => onInput(target.value.trim())}
  /></label>`;

/** One of several values. The address may have more of them, which then count together. */
function Choice({ label, any, value = '', options, name = (one) => one, onInput }) {
  const given = [value].flat().join(',');
  const others = given !== '' && !options.includes(given) ? [given] : [];
  return html`<label
    >${label}<select
      value=${given}
      onChange=${({ target }) => onInput(target.value === '' ? '' : target.value.split(','))}
    >
      <option value="">${any}</option>
      ${[...options, ...others].map((one) => html`<option value=${one}>${one.split(',').map(name).join(' or ')}</option>`)}
    </select></label
  >`;
}

/** A time in the browser's zone. */
function Moment({ label, value, onInput }) {
  const date = value === undefined ? null : new Date(value);
  const local = date && new Date(date - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  const set = (text) => onInput(text === '' ? '' : new Date(text).toISOString());
  return html`<${Field} label=${label} type="datetime-local" value=${local ?? ''} onInput=${set} />`;
}
