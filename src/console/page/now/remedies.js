import { html, useState } from 'htm/preact/standalone';
import { words } from '../../../platform/page/format.js';
import { request } from '../api.js';
import { ActionButton, Pill, Prose } from '../parts.js';
import { listAddress } from '../route.js';

export const withoutRequests = (advice) => advice.replaceAll(/ \((?:GET|POST) [^)]*\)/g, '');

const NEEDED = [
  ['operate', /GET \/setup|POST \/queue/],
  ['cancel', /POST \/cancellations/],
];

export const missingScope = (advice, may) =>
  NEEDED.find(([scope, pattern]) => pattern.test(advice) && !may(scope))?.[0];

export function Remedies({ advice, may }) {
  const [, query] = /GET \/cancellations\?([^) ]+)/.exec(advice) ?? [];
  const missing = missingScope(advice, may);
  const mayOperate = may('operate');
  return html`${missing && html`<p>Some of that needs a key with the scope ${missing}.</p>`}
    <div class="actions">
      ${mayOperate && advice.includes('with the project)') && html`<a class="button" href="#projects">Go to the projects</a>`}
      ${query && html`<a class="button" href=${listAddress(`${query}&last=1h`)}>${query.includes('succeeded') ? 'Show all that succeeded' : 'Show them'}</a>`}
      ${mayOperate && advice.includes('GET /setup') && html`<${SetupCheck} />`}
    </div>`;
}

function SetupCheck() {
  const [checks, setChecks] = useState([]);
  const check = async () => setChecks((await request('setup')).checks);
  return html`<${ActionButton} act=${check}>Check the setup<//>
    <ul>
      ${checks.map(
        ({ name, project, status, message, advice }) =>
          html`<li>
            <${Pill} of=${status} /> <b>${words(name)}${project && html` of ${project}`}:</b>${' '}
            <${Prose}>${[message, advice].filter(Boolean).join('; ')}<//>
          </li>`,
      )}
    </ul>`;
}
