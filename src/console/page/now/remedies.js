import { html } from 'htm/preact/standalone';
import { listAddress } from '../route.js';

/** The page has buttons and links instead of HTTP requests. */
export const withoutRequests = (advice) => advice.replaceAll(/ \((?:GET|POST) [^)]*\)/g, '');

export function Remedies({ advice }) {
  const [, query] = /GET \/cancellations\?([^) ]+)/.exec(advice) ?? [];
  return html`<p class="actions">
    ${advice.includes('with the project)') && html`<a class="button" href="#projects">Go to the projects</a>`}
    ${query && html`<a class="button" href=${listAddress(`${query}&last=1h`)}>${query.includes('succeeded') ? 'Show all that succeeded' : 'Show them'}</a>`}
    ${advice.includes('GET /setup') && html`<a class="button" href="setup" target="_blank">Check the setup</a>`}
  </p>`;
}
