import { useLayoutEffect, useState } from 'htm/preact/standalone';

const ROUTE = /^#\/(now|cancellations)(?:\/([^?]+?))?\/?(?:\?(.*))?$/;

export function routeOf(hash) {
  const [, path = /^#\/./.test(hash) ? 'unknown' : 'now', id, query = ''] = ROUTE.exec(hash) ?? [];
  return {
    view: id === undefined ? path : 'cancellation',
    ...(id !== undefined && { id: decoded(id) }),
    query: new URLSearchParams(query),
  };
}

/** A wrongly encoded id is shown as it is. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const go = (hash) => (location.hash = hash);

/** Changes the address without a step to go back to, as each letter of a filter does. */
export function replace(hash) {
  history.replaceState(null, '', new URL(hash, location.href));
  dispatchEvent(new Event('hashchange'));
}

export const listAddress = (query) => `#/cancellations${query ? `?${query}` : ''}`;
export const oneAddress = (id) => `#/cancellations/${encodeURIComponent(id)}`;

export function useRoute() {
  const [hash, setHash] = useState(location.hash);
  // Else an early click is lost.
  useLayoutEffect(() => {
    const follow = () => setHash(location.hash);
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return routeOf(hash);
}
