import { html, useState } from 'htm/preact/standalone';
import { logIn } from './api.js';

const WORDS = {
  unauthorized:
    'There is no such API key. Check that it was copied completely and belongs to this environment.',
  too_many_guesses: 'Too many wrong keys have come from your network. Wait a minute and try again.',
};

export function Login({ notice, onLogin }) {
  const [apiKey, setApiKey] = useState('');
  const [fault, setFault] = useState('');
  const submit = async (event) => {
    event.preventDefault();
    try {
      await logIn(apiKey);
      await onLogin();
      setFault('Your browser did not keep the session. Allow cookies for this address and try again.');
    } catch (problem) {
      setFault(WORDS[problem.code] ?? problem.message);
    }
  };
  return html`<main class="login">
    <h1>streamstop</h1>
    <p>Stops media streams on live SignalWire calls.</p>
    <form class="panel" onSubmit=${submit}>
      ${notice && html`<p role="status">${notice}</p>`}
      <label for="key">API key</label>
      <input
        id="key"
        type="password"
        autocomplete="current-password"
        required
        autofocus
        value=${apiKey}
        aria-describedby="key-hint${fault && ' key-fault'}"
        aria-invalid=${fault !== ''}
        onInput=${({ target }) => setApiKey(target.value)}
      />
      <p id="key-hint" class="hint">Whoever runs streamstop can give you one.</p>
      ${fault && html`<p id="key-fault" class="problem" role="alert">${fault}</p>`}
      <button class="primary" type="submit">Log in</button>
    </form>
  </main>`;
}
