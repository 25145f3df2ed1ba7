import { html } from 'htm/preact/standalone';
import { described } from './described.js';
import { changed, EVIDENCE, isList, LAST, RETRIED, STATUSES } from './filter.js';
import { REASONS } from './reasons.js';

/** Where the form would fill the screen, it waits to be opened. */
const IS_WIDE = globalThis.innerWidth > 820;

/** The filter as a form. Each change takes effect at once and is in the address. */
export function FilterForm({ filter, projects, onChange }) {
  const set = (name) => (text) =>
    onChange(changed(filter, name, isList(name) && text !== '' ? text.split(',') : text));
  const input = (Input, name, label, rest) =>
    html`<${Input} label=${label} value=${filter[name]} onInput=${set(name)} ...${rest} />`;
  const status = filter.status ?? [];
  const toggle = (one) =>
    set('status')(String(status.includes(one) ? status.filter((other) => other !== one) : [...status, one]));
  return html`<details class="panel" open=${IS_WIDE}>
    <summary>Filter: ${described(filter)}</summary>
    <form class="filter" aria-label="Filter" onSubmit=${(event) => event.preventDefault()}>
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
        ${input(Field, 'callSid', 'Call SID')} ${input(Field, 'streamName', 'Stream name')}
        ${input(Choice, 'project', 'Project', { names: Object.fromEntries(projects.map((one) => [one, one])) })}
        ${input(Choice, 'last', 'Requested', { names: LAST })}
        ${input(Choice, 'failureCode', 'Reason', { names: REASONS })}
        ${input(Choice, 'evidence', 'Evidence', { names: EVIDENCE })}
        ${input(Choice, 'retried', 'Retried', { names: RETRIED })}
        ${input(Field, 'requestedBy', 'Requested by')} ${input(Moment, 'createdAfter', 'Requested since')}
        ${input(Moment, 'createdBefore', 'Requested before')}
      </div>
      ${Object.keys(filter).length > 0 && html`<button type="button" onClick=${() => onChange({})}>Clear the filter</button>`}
    </form>
  </details>`;
}

const Field = ({ label, value = '', onInput, type = 'text' }) =>
  html`<label
    >${label}<input type=${type} value=${value} onChange=${({ target }) => onInput(target.value.trim())}
  /></label>`;

/** One of several values. The address may have more of them, which then count together. */
function Choice({ label, value = '', names, onInput }) {
  const name = (one) => names[one] ?? one;
  const given = [value].flat().join(',');
  const options = new Set([...Object.keys(names), given].filter(Boolean));
  return html`<label
    >${label}<select value=${given} onChange=${({ target }) => onInput(target.value)}>
      <option value="">any</option>
      ${[...options].map((one) => html`<option value=${one}>${one.split(',').map(name).join(' or ')}</option>`)}
    </select></label
  >`;
}

function Moment({ label, value, onInput }) {
  // Swedes write it as the field does.
  const local = value && new Date(value).toLocaleString('sv').replace(' ', 'T');
  const set = (text) => onInput(text === '' ? '' : new Date(text).toISOString());
  return html`<${Field} label=${label} type="datetime-local" value=${local} onInput=${set} />`;
}
