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
      if (address === null) setAnswer(nothingFound(wanted));
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

const WHOLE_SID = /^(CA)?[\da-f-]{32,36}$/i;

export const nothingFound = (wanted) =>
  WHOLE_SID.test(wanted)
    ? `Nothing is known of ${wanted}: no stop was requested for it, or it has been removed.`
    : `Nothing found for "${wanted}". Enter the whole call SID, stream name or id.`;

const FIELDS = ['callSid', 'streamName'];

/** Where it is shown; null if there is none. @throws {Problem} */
export async function addressOf(wanted) {
  const [one, ...lists] = await Promise.all([
    request(`cancellations/${encodeURIComponent(wanted)}`).catch(unlessRefused(null)),
    ...FIELDS.map((name) =>
      request(`cancellations?${queryOf({ [name]: wanted, limit: 2 })}`).catch(
        unlessRefused({ items: [], nextCursor: null }),
      ),
    ),
  ]);
  if (one !== null) return oneAddress(one.id);
  const found = lists.findIndex(({ items }) => items.length > 0);
  // A page without items can have a next one. The list says how to look on.
  const index = found === -1 ? lists.findIndex(({ nextCursor }) => nextCursor !== null) : found;
  if (index === -1) return null;
  const { items, nextCursor } = lists[index];
  return items.length === 1 && nextCursor === null
    ? oneAddress(items[0].id)
    : listAddress(queryOf({ [FIELDS[index]]: wanted }));
}

const unlessRefused = (nothing) => (problem) => {
  if (problem.status === 404 || problem.status === 400) return nothing;
  throw problem;
};
