import { html, useState } from 'htm/preact/standalone';
import { request } from './api.js';
import { queryOf } from './list/filter.js';
import { go, listAddress, oneAddress } from './route.js';

/** Finds a cancellation by its id, by its call or by the name of its stream. */
export function Search() {
  const [text, setText] = useState('');
  const [answer, setAnswer] = useState('');
  const search = async (event) => {
    event.preventDefault();
    const wanted = text.trim();
    if (wanted === '') return;
    const address = await addressOf(wanted);
    setAnswer(
      address === null
        ? `Nothing is known of "${wanted}". Finished cancellations are kept for a while only.`
        : '',
    );
    if (address === null) return;
    setText('');
    go(address);
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
    <span role="status" class=${answer && 'problem'}>${answer}</span>
  </form>`;
}

async function addressOf(wanted) {
  const [one, ...lists] = await Promise.all([
    request(`cancellations/${encodeURIComponent(wanted)}`).catch(() => null),
    ...['callSid', 'streamName'].map((name) =>
      request(`cancellations?${queryOf({ [name]: wanted, limit: 2 })}`).catch(() => ({ items: [] })),
    ),
  ]);
  if (one !== null) return oneAddress(one.id);
  const index = lists.findIndex(({ items }) => items.length > 0);
  if (index === -1) return null;
  const { items } = lists[index];
  return items.length === 1
    ? oneAddress(items[0].id)
    : listAddress(queryOf({ [['callSid', 'streamName'][index]]: wanted }));
}
