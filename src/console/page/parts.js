import { html, useEffect, useState } from 'htm/preact/standalone';
import { ago, clock, dateAndTime, words } from '../../platform/page/format.js';
import { adviceOn } from './api.js';
import { queryOf } from './list/filter.js';
import { listAddress } from './route.js';

/** Any other status or state is bad: nobody expects it. */
const TONES = {
  good: ['succeeded', 'working', 'ok'],
  warn: ['retrying', 'paused', 'throttled', 'warning'],
  busy: ['running'],
  over: ['queued', 'withdrawn'],
};

export const Pill = ({ of, tone }) => html`<span class="pill ${tone || toneOf(of)}">${words(of)}</span>`;

const toneOf = (state) => Object.keys(TONES).find((tone) => TONES[tone].includes(state)) ?? 'bad';

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
    <b>${title ?? 'That did not work'}:</b>${' '}
    <${Prose}>${`${problem.message.replace(/\.?$/, '.')} ${advice}`}<//>
    ${onRetry && problem.status !== 400 && html`<button onClick=${onRetry}>Try again</button>`}
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
  return html`<button aria-disabled=${isBusy} onClick=${click} ...${rest}>${children}</button>
    <${ProblemNote} problem=${problem} />`;
}

/** Copies a text, or shows it where the browser does not let a page copy, as without https. */
export function CopyButton({ text, children }) {
  const [note, setNote] = useState('');
  const [shown, setShown] = useState(null);
  const copy = async () => {
    const copied = await text();
    await (navigator.clipboard?.writeText(copied) ?? Promise.reject()).then(
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

/** Cells that show the name of their column where the window is narrow. */
export const cellsOf = (columns, values) =>
  values.map((value, index) => html`<td data-name=${columns[index]}>${value}</td>`);

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

export const listLink = (filter, text) => html`<a href=${listAddress(queryOf(filter))}>${text}</a>`;

/** Scripts can move the focus to its heading. */
export const Section = ({ id, title, children }) =>
  html`<section aria-labelledby=${id}>
    <h2 id=${id} tabindex="-1">${title}</h2>
    ${children}
  </section>`;
