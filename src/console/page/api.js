/** What the API answered instead of what was asked for. `code` is that of a problem, or `unreachable`. */
export class Problem extends Error {
  constructor({ code, status, detail }) {
    super(detail);
    this.code = code;
    this.status = status;
  }
}

let session = null;
let onSessionEnd = () => {};

export const whenSessionEnds = (listener) => (onSessionEnd = listener);

/** Who uses the page; null if nobody is logged in. @throws {Problem} */
export async function readSession() {
  const response = await send('session', 'GET');
  session = response.status === 401 ? null : await answerOf(response);
  return session;
}

export const logIn = async (apiKey) => answerOf(await send('session', 'POST', { apiKey }));

/** @throws {Problem} the session goes on */
export const logOut = () => request('session', 'DELETE');

export async function request(path, method = 'GET', body) {
  try {
    return await answerOf(await send(path, method, body));
  } catch (problem) {
    if (problem.status === 401) onSessionEnd();
    if (problem.code !== 'csrf_token_missing') throw problem;
    // Another tab has logged in anew.
    await readSession();
    return answerOf(await send(path, method, body));
  }
}

const TIMEOUT_MS = 15_000;

async function send(path, method, body) {
  const headers = {
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(session?.csrfToken && { 'x-csrf-token': session.csrfToken }),
  };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const options = { method, headers, signal, ...(body !== undefined && { body: JSON.stringify(body) }) };
  try {
    return await fetch(new URL(path, document.baseURI), options);
  } catch {
    throw new Problem({ code: 'unreachable', status: 0, detail: 'The service does not answer.' });
  }
}

async function answerOf(response) {
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return answer;
  const { code = 'unexpected', detail = `The answer was HTTP status ${response.status}.` } = answer ?? {};
  throw new Problem({ code, status: response.status, detail });
}

const AWAY = {
  unreachable: 'Check that the service runs and that your network reaches it.',
  queue_unavailable: 'Check that Redis runs and that the service reaches it.',
};
const ADVICE = {
  invalid_query: 'Correct or clear the filter.',
  unexpected: 'Something else has answered, such as a proxy. Look at its log.',
};
const ACT_AGAIN = 'Nothing is known to have changed. Press again once the service is back.';

/** What to do about a problem; empty if nobody knows. Actions are not tried again by themselves. */
export async function adviceOn({ code }, isAction) {
  if (AWAY[code]) return `${AWAY[code]} ${isAction ? ACT_AGAIN : 'The page tries again by itself.'}`;
  if (ADVICE[code]) return ADVICE[code];
  const { advice } = await request(`problems/${code}`).catch(() => ({ advice: '' }));
  return advice;
}
