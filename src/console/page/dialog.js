import { html, useLayoutEffect, useRef, useState } from 'htm/preact/standalone';
import { ActionButton } from './parts.js';

let show;

/**
 * Asks before something is done. A question that is ready late is not shown in another view, nor in the place of an open
 * one.
 */
export async function ask(question) {
  const place = show;
  const ready = await question;
  place((open) => open ?? ready);
}

/** Where questions are shown: they stay when the button that asked changes or goes. */
export function Dialog() {
  const [question, setQuestion] = useState(null);
  show = setQuestion;
  return question && html`<${Question} ...${question} onClose=${() => setQuestion(null)} />`;
}

/** Says in `notes` what `act` does, shows what it returns, and closes by Escape. Without a label it only tells. */
function Question({ title, notes, label, act, isDangerous, onClose, onDone }) {
  const dialog = useRef();
  const back = useRef();
  const [result, setResult] = useState(null);
  const isDone = result !== null;
  useLayoutEffect(() => dialog.current.showModal(), []);
  // The focused button is gone. Without focus inside, closing gives none back to the page.
  useLayoutEffect(() => {
    if (isDone) back.current.focus();
  }, [isDone]);
  const confirm = async () => setResult(await act());
  const close = () => {
    onClose();
    // The button that asked is gone: the focus is still in here, or nowhere.
    if (!document.activeElement.closest('header, main'))
      document.getElementById('main').focus({ preventScroll: true });
    if (isDone) onDone?.();
  };
  return html`<dialog ref=${dialog} aria-labelledby="question" aria-describedby="notes" onClose=${close}>
    <h2 id="question">${isDone ? 'Done' : title}</h2>
    ${
      isDone
        ? html`<p role="status">${result}</p>`
        : html`<ul id="notes">
            ${notes.map((note) => note && html`<li>${note}</li>`)}
          </ul>`
    }
    <p class="actions">
      ${
        label &&
        !isDone &&
        html`<${ActionButton} class=${`primary ${isDangerous ? 'danger' : ''}`} act=${confirm}>${label}<//>`
      }
      <button ref=${back} autofocus=${isDangerous} onClick=${() => dialog.current.close()}>
        ${isDone ? 'Close' : 'Back'}
      </button>
    </p>
  </dialog>`;
}
