import { useEffect, useRef, useState } from 'htm/preact/standalone';
import { request } from './api.js';

const BATCH_MS = 250;
export const REOPEN_MS = 5000;

/** Whether asking again can help. */
const isPassing = (problem) => problem && (problem.status === 0 || problem.status >= 500);

/** The newest answer to `GET path`, asked for every `everyMs` while the page is seen, and by `reload`. */
export function usePolled(path, everyMs) {
  const [state, setState] = useState({ data: null, answeredAt: null, problem: null });
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    if (path === null) return undefined;
    let isOver = false;
    let timer;
    const ask = async () => {
      clearTimeout(timer);
      if (document.hidden) return;
      const answer = await request(path).then(
        (data) => ({ data, answeredAt: Date.now(), problem: null }),
        (problem) => ({ problem }),
      );
      if (isOver) return;
      setState((before) => ({ ...before, ...answer }));
      const againMs = isPassing(answer.problem) ? REOPEN_MS : everyMs;
      if (againMs) timer = setTimeout(askNow, againMs);
    };
    const askNow = () => void ask();
    askNow();
    document.addEventListener('visibilitychange', askNow);
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', askNow);
    };
  }, [path, everyMs, asked]);
  return { ...state, reload: () => setAsked((count) => count + 1) };
}

/** Whether the stream is open. `onChanges` gets batches; `onGap` tells that changes may be missing. */
export function useEvents(path, onChanges, onGap = () => {}) {
  const [isOpen, setOpen] = useState(false);
  const listeners = useRef({});
  listeners.current = { onChanges, onGap };
  useEffect(() => {
    if (path === null) return undefined;
    let isOver = false;
    let source;
    let reopening;
    let batch;
    const changed = new Map();
    const hand = () => {
      batch = undefined;
      listeners.current.onChanges([...changed.values()]);
      changed.clear();
    };
    const open = () => {
      if (isOver) return;
      clearTimeout(reopening);
      source?.close();
      setOpen(false);
      if (document.hidden) return;
      source = new EventSource(new URL(path, document.baseURI));
      source.addEventListener('open', () => {
        setOpen(true);
        listeners.current.onGap();
      });
      source.addEventListener('gap', () => listeners.current.onGap());
      source.addEventListener('cancellation', ({ data }) => {
        const cancellation = JSON.parse(data);
        changed.set(cancellation.id, cancellation);
        batch ??= setTimeout(hand, BATCH_MS);
      });
      source.addEventListener('error', () => {
        setOpen(false);
        // The browser reconnects by itself, unless the service has answered with an error, or the stream is over.
        if (source.readyState === EventSource.CLOSED) reopening = setTimeout(reopen, REOPEN_MS);
      });
    };
    const reopen = () =>
      void request('session').then(open, ({ status }) => {
        if (status !== 401 && !isOver) reopening = setTimeout(reopen, REOPEN_MS);
      });
    open();
    document.addEventListener('visibilitychange', open);
    return () => {
      isOver = true;
      document.removeEventListener('visibilitychange', open);
      clearTimeout(reopening);
      clearTimeout(batch);
      source?.close();
    };
  }, [path]);
  return isOpen;
}
