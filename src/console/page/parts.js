import { html, useEffect, useRef, useState } from 'htm/preact/standalone';
import { ago, clock, dateAndTime, words } from '../../platform/page/format.js';
import { adviceOn } from './api.js';

/** Any other status or state is bad: nobody expects it. */
const TONES = {
  good: ['succeeded', 'working', 'ok'],
  warn: ['retrying', 'paused', 'throttled', 'warning'],
  busy: ['running'],
  over: ['queued', 'withdrawn'],
};

export const Pill = ({ of }) => {
  const tone = Object.keys(TONES).find((one) => TONES[one].includes(of)) ?? 'bad';
  return html`<span class="pill ${tone}">${words(of)}</span>`;
};

/** A time as people say it; the exact one is shown on hover and to screen readers. */
export const Time = ({ at }) =>
  at ? html`<time datetime=${at} title=${dateAndTime(at)}>${ago(at)}</time>` : '–';

const SPECIAL = /`([^`]*)`|(\d{4}-\d\d-\d\dT[\d:.]+Z)/;

/** A text of the API, in which names stand between backticks and times are ISO 8601. */
export const Prose = ({ children }) =>
  String(children)
    .split(SPECIAL)
    .map((part, index) => {
      if (part === undefined) return null;
      if (index % 3 === 1) return html`<code>${part}</code>`;
      return index % 3 === 2
        ? html`<time datetime=${part} title=${dateAndTime(part)}>${clock(part).slice(0, 8)}</time>`
        : part;
    });

/** With a title of its own, the page tries again by itself what has failed. */
export function ProblemNote({ problem, title, onRetry }) {
  const [advice, setAdvice] = useState('');
  useEffect(() => {
    setAdvice('');
    if (problem) void adviceOn(problem, !title).then(setAdvice);
  }, [problem?.code]);
  if (!problem) return null;
  return html`<div class="problem" role="alert">
    <b>${title ?? 'That did not work'}.</b>${' '}
    <${Prose}>${`${problem.message.replace(/\.?$/, '.')} ${advice}`}<//>
    ${onRetry && html`<button type="button" onClick=${onRetry}>Try again</button>`}
  </div>`;
}

/** Does something that takes a while, and says why if it fails. It keeps the focus meanwhile. */
export function ActionButton({ act, children, ...rest }) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const click = async () => {
    if (isBusy) return;
    setBusy(true);
    setProblem(null);
    await act().catch(setProblem);
    setBusy(false);
  };
  return html`<button type="button" aria-disabled=${isBusy} onClick=${click} ...${rest}>${children}</button>
    <${ProblemNote} problem=${problem} />`;
}

/** Copies a text, or shows it where the browser does not let a page copy, as without https. */
export function CopyButton({ text, children }) {
  const [note, setNote] = useState('');
  const [shown, setShown] = useState(null);
  const copy = async () => {
    const copied = await text();
    await Promise.resolve(navigator.clipboard?.writeText(copied) ?? Promise.reject()).then(
      () => setNote('Copied'),
      () => setShown(copied),
    );
  };
  return html`<${ActionButton} act=${copy}>${children}<//>
    <span role="status" class="hint"
      >${shown ? 'Your browser does not let the page copy. Copy it from here:' : note}</span
    >
    ${shown && html`<pre tabindex="0" aria-label="To be copied">${shown}</pre>`}`;
}

/** Asks before `act` does something, shows what that returns, and closes by Escape. */
export function Confirm({ title, children, label, act, onClose, isDangerous }) {
  const dialog = useRef();
  const close = useRef();
  const [result, setResult] = useState(null);
  useEffect(() => dialog.current.showModal(), []);
  // The button with the focus is gone. Without one inside, closing gives none back to the page.
  useEffect(() => {
    if (result !== null) close.current.focus();
  }, [result]);
  const confirm = async () => setResult(await act());
  return html`<dialog ref=${dialog} aria-labelledby="confirm-title" onClose=${() => onClose(result !== null)}>
    <h2 id="confirm-title">${result === null ? title : 'Done'}</h2>
    ${result === null ? children : html`<p role="status">${result}</p>`}
    <p class="actions">
      ${
        result === null &&
        label &&
        html`<${ActionButton} class=${isDangerous ? 'danger' : 'primary'} act=${confirm}>${label}<//>`
      }
      <button type="button" ref=${close} onClick=${() => dialog.current.close()}>
        ${result === null ? 'Back' : 'Close'}
      </button>
    </p>
  </dialog>`;
}

export const MAY_NOT_READ = html`<p class="empty">
  Your key may not read cancellations: it needs the scope read.
</p>`;

export const Table = ({ columns, children, ...rest }) =>
  html`<table ...${rest}>
    <thead>
      <tr>
        ${columns.map((name) => html`<th>${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${children}
    </tbody>
  </table>`;

export const Facts = ({ entries }) =>
  html`<dl class="facts">
    ${entries
      .filter(([, value]) => value)
      .map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
  </dl>`;
