import { html, useEffect, useRef, useState } from 'htm/preact/standalone';
import { ago, clock, dateAndTime, words } from '../../platform/page/format.js';
import { adviceOn } from './api.js';

const TONES = {
  succeeded: 'good',
  failed: 'bad',
  expired: 'bad',
  retrying: 'warn',
  running: 'busy',
  working: 'good',
  paused: 'warn',
  throttled: 'warn',
};

/** A status or state as a word in its colour. Those that nobody expects are bad. */
export const Pill = ({ of, tone = TONES[of] ?? (['queued', 'withdrawn'].includes(of) ? 'over' : 'bad') }) =>
  html`<span class="pill ${tone}">${words(of)}</span>`;

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

export function ProblemNote({ problem, title = 'That did not work', onRetry }) {
  const [advice, setAdvice] = useState('');
  useEffect(() => {
    setAdvice('');
    if (problem) void adviceOn(problem).then(setAdvice);
  }, [problem?.code]);
  if (!problem) return null;
  return html`<div class="problem" role="alert">
    <b>${title}.</b> <${Prose}>${`${problem.message.replace(/\.?$/, '.')} ${advice}`}<//>
    ${onRetry && html` <button type="button" onClick=${onRetry}>Try again</button>`}
  </div>`;
}

export function ActionButton({ act, children, ...rest }) {
  const [isBusy, setBusy] = useState(false);
  const click = async () => {
    setBusy(true);
    await act();
    setBusy(false);
  };
  return html`<button type="button" disabled=${isBusy} onClick=${click} ...${rest}>${children}</button>`;
}

/** Copies a text, or shows it where the browser does not let a page copy, as without https. */
export function CopyButton({ text, children }) {
  const [note, setNote] = useState('');
  const [shown, setShown] = useState(null);
  const [problem, setProblem] = useState(null);
  const copy = async () => {
    setProblem(null);
    const copied = await text().catch(setProblem);
    if (copied === undefined) return;
    await Promise.resolve(navigator.clipboard?.writeText(copied) ?? Promise.reject()).then(
      () => setNote('Copied'),
      () => setShown(copied),
    );
  };
  return html`<${ActionButton} act=${copy}>${children}<//>
    <span role="status" class="hint"
      >${shown ? 'Your browser does not let the page copy. Copy it from here:' : note}</span
    >
    ${shown && html`<pre tabindex="0" aria-label="To be copied">${shown}</pre>`}
    <${ProblemNote} problem=${problem} />`;
}

/** Asks before `act` does something, shows what that returns, and closes by Escape. */
export function Confirm({ title, children, label, act, onClose, isDangerous = false }) {
  const dialog = useRef();
  const close = useRef();
  const [result, setResult] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => dialog.current.showModal(), []);
  // The button with the focus is gone. Without one inside, closing gives none back to the page.
  useEffect(() => {
    if (result !== null) close.current.focus();
  }, [result]);
  const confirm = () => act().then(setResult, setProblem);
  return html`<dialog ref=${dialog} aria-labelledby="confirm-title" onClose=${() => onClose(result !== null)}>
    <h2 id="confirm-title">${result === null ? title : 'Done'}</h2>
    ${result === null ? children : html`<p role="status">${result}</p>`}
    <${ProblemNote} problem=${problem} />
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
