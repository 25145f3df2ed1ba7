import { html } from 'htm/preact/standalone';
import { Table, Time } from '../parts.js';

const COLUMNS = ['Process', 'Roles', 'Version', 'Started', 'Last asked for a job'];

export const Processes = ({ processes }) =>
  html`<section aria-labelledby="processes">
    <h2 id="processes">Processes</h2>
    <${Table} columns=${COLUMNS}>
      ${processes.map(({ id, ...one }) => {
        const times = [one.startedAt, one.lastPickUpAt].map((at) => html`<${Time} at=${at} />`);
        const cells = [one.roles.join(', '), one.version, ...times];
        return html`<tr key=${id}>
          <th scope="row" class="mono">${id}</th>
          ${cells.map((cell, index) => html`<td data-name=${COLUMNS[index + 1]}>${cell}</td>`)}
        </tr>`;
      })}
    <//>
  </section>`;
