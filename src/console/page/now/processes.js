import { html } from 'htm/preact/standalone';
import { Time } from '../parts.js';

/** Each process of the service. */
export function Processes({ queue: { processes = [] } }) {
  if (processes.length === 0) return null;
  return html`<section aria-labelledby="processes">
    <h2 id="processes">Processes</h2>
    <table>
      <thead>
        <tr>
          <th>Process</th>
          <th>Roles</th>
          <th>Version</th>
          <th>Started</th>
          <th>Last asked for a job</th>
        </tr>
      </thead>
      <tbody>
        ${processes.map(
          ({ id, roles, version, startedAt, lastPickUpAt }) =>
            html`<tr key=${id}>
              <th scope="row" class="mono">${id}</th>
              <td data-name="Roles">${roles.join(', ')}</td>
              <td data-name="Version">${version}</td>
              <td data-name="Started"><${Time} at=${startedAt} /></td>
              <td data-name="Last asked for a job"><${Time} at=${lastPickUpAt} /></td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}
