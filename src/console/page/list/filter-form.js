import { html } from 'htm/preact/standalone';
import { usePolled } from '../live.js';
import { changed, EVIDENCE, isList, LAST, RETRIED, STATUSES } from './filter.js';
import { REASONS } from './reasons.js';

const MORE = ['failureCode', 'evidence', 'retried', 'requestedBy', 'createdAfter', 'createdBefore'];

/** The filter as a form. Each change takes effect at once and is in the address. */
export function FilterForm({ filter, session, onChange }) {
  const set = (name) => (value) => onChange(changed(filter, name, isList(name) ? value : String(value)));
  const field = (name, label) => html`<${Field} label=${label} value=${filter[name]} onInput=${set(name)} />`;
  const moment = (name, label) =>
    html`<${Moment} label=${label} value=${filter[name]} onInput=${set(name)} />`;
  const choice = (name, label, names, any) =>
    html`<${Choice} label=${label} names=${names} any=${any} value=${filter[name]} onInput=${set(name)} />`;
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
      ${field('callSid', 'Call SID')} ${field('streamName', 'Stream name')}
      ${choice('project', 'Project', Object.fromEntries(projects.map((one) => [one, one])), 'all')}
      ${choice('last', 'Requested', LAST, 'at any time')}
    </div>
    <details open=${MORE.some((name) => filter[name] !== undefined)}>
      <summary>More filters</summary>
      <div class="fields">
        ${choice('failureCode', 'Reason', REASONS)} ${choice('evidence', 'Evidence', EVIDENCE)}
        ${choice('retried', 'Retried', RETRIED)}
        <${Field}
          label="Requested by"
          value=${filter.requestedBy?.join(',')}
          onInput=${(value) => set('requestedBy')(value && value.split(','))}
        />
        ${moment('createdAfter', 'Requested since')} ${moment('createdBefore', 'Requested before')}
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
function Choice({ label, any = 'any', value = '', names, onInput }) {
  const options = Object.keys(names);
  const name = (one) => names[one] ?? one;
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

function Moment({ label, value, onInput }) {
  const date = value === undefined ? null : new Date(value);
  const local = date && new Date(date - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  const set = (text) => onInput(text === '' ? '' : new Date(text).toISOString());
  return html`<${Field} label=${label} type="datetime-local" value=${local ?? ''} onInput=${set} />`;
}
