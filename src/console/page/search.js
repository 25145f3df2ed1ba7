import { html, useState } from 'htm/preact/standalone';
import { request } from './api.js';
import { queryOf } from './list/filter.js';
import { go, listAddress, oneAddress } from './route.js';

export function Search() {
  const [text, setText] = useState('');
  const [answer, setAnswer] = useState('');
  const search = async (event) => {
    event.preventDefault();
    const wanted = text.trim();
    if (wanted === '') return;
    try {
      const address = await addressOf(wanted);
      if (address === null)
        setAnswer(`Nothing found for "${wanted}". Only a whole call SID, stream name or id is found.`);
      else {
        setText('');
        go(address);
      }
    } catch ({ message }) {
      setAnswer(`The search has failed: ${message}`);
    }
  };
  return html`<form class="search" role="search" onSubmit=${search}>
      <input
        type="search"
        aria-label="Call SID, stream name or id"
        placeholder="Call SID, stream or id"
        value=${text}
        onInput=${({ target }) => (setText(target.value), setAnswer(''))}
      />
      <button type="submit">Find</button>
    </form>
    <p role="status" class=${`answer ${answer && 'problem'}`}>${answer}</p>`;
}

/** Where it is shown; null if there is none. @throws {Problem} */
export async function addressOf(wanted) {
  const one = await known(`cancellations/${encodeURIComponent(wanted)}`);
  if (one) return oneAddress(one.id);
  for (const name of ['callSid', 'streamName']) {
    const query = queryOf({ [name]: wanted });
    const page = await known(`cancellations?${query}&limit=2`);
    // A page without items can have a next one. The list says how to look on.
    if (page?.nextCursor || page?.items.length > 1) return listAddress(query);
    if (page?.items.length === 1) return oneAddress(page.items[0].id);
  }
  return null;
}

/** Null where there is none, or can be none. */
async function known(path) {
  try {
    return await request(path);
  } catch (problem) {
    if (problem.status === 404 || problem.status === 400) return null;
    throw problem;
  }
}
