import { html, render, useEffect, useRef, useState } from 'htm/preact/standalone';
import { logOut, readSession, whenSessionEnds } from './api.js';
import { Dialog } from './dialog.js';
import { ListView } from './list/list.js';
import { REOPEN_MS } from './live.js';
import { Login } from './login.js';
import { NowView } from './now/now.js';
import { OneView } from './one/one.js';
import { ActionButton, ProblemNote } from './parts.js';
import { useRoute } from './route.js';
import { Search } from './search.js';

const TITLES = {
  now: 'Now',
  cancellations: 'Cancellations',
  cancellation: 'One cancellation',
  unknown: 'No such view',
};
/** Each has one root: Preact loses the order of several. */
const VIEWS = {
  now: NowView,
  cancellations: ListView,
  cancellation: OneView,
  unknown: () => html`<h1>${TITLES.unknown}</h1>`,
};

function Page() {
  const [session, setSession] = useState(undefined);
  const [problem, setProblem] = useState(null);
  const [notice, setNotice] = useState('');
  const hasLoggedIn = useRef(false);
  const load = () => readSession().then((read) => (setProblem(null), setSession(read)), setProblem);
  useEffect(() => {
    whenSessionEnds(() => {
      setNotice('Your session has ended. Log in again to go on where you were.');
      setSession(null);
    });
    void load();
  }, []);
  useEffect(() => {
    const timer = problem && setTimeout(() => void load(), REOPEN_MS);
    return () => clearTimeout(timer);
  }, [problem]);
  const enter = () => {
    hasLoggedIn.current = true;
    return load();
  };
  if (problem)
    return html`<main>
      <h1>streamstop</h1>
      <${ProblemNote} problem=${problem} title="The page cannot be shown" onRetry=${load} />
    </main>`;
  if (session === undefined) return html`<main><p class="hint">Loading …</p></main>`;
  if (session === null) return html`<${Login} notice=${notice} onLogin=${enter} />`;
  const leave = async () => {
    await logOut();
    setNotice('You are logged out.');
    setSession(null);
  };
  return html`<${Shell} session=${session} takesFocus=${hasLoggedIn.current} onLogOut=${leave} />`;
}

function Shell({ session, takesFocus, onLogOut }) {
  const route = useRoute();
  const main = useRef();
  const isFirst = useRef(!takesFocus);
  const place = `${route.view}/${route.id ?? ''}`;
  useEffect(() => {
    document.title = `${TITLES[route.view]} – streamstop${session.environmentName ? ` (${session.environmentName})` : ''}`;
    // Screen readers go on with the new view.
    if (!isFirst.current) main.current.focus();
    isFirst.current = false;
  }, [place]);
  const may = (scope) => session.scopes.includes(scope);
  const needed = route.view === 'now' ? ['read', 'operate'] : ['read'];
  const skip = (event) => {
    event.preventDefault();
    main.current.focus();
  };
  return html`<a class="skip" href="#main" onClick=${skip}>Skip to the content</a>
    <header class="top">
      <b class="brand">streamstop</b>
      <${Badge} name=${session.environmentName} />
      <nav aria-label="Views">
        ${['now', 'cancellations'].map(
          (view) =>
            html`<a href="#/${view}" aria-current=${route.view === view ? 'page' : undefined}
              >${TITLES[view]}</a
            >`,
        )}
      </nav>
      ${may('read') && html`<${Search} key=${place} />`}
      ${
        session.keysRequired &&
        html`<span class="who">${session.name} <${ActionButton} act=${onLogOut}>Log out<//></span>`
      }
    </header>
    <main id="main" tabindex="-1" ref=${main}>
      ${
        needed.some(may)
          ? html`<${VIEWS[route.view]} key=${place} route=${route} session=${session} may=${may} />`
          : html`<h1>${TITLES[route.view]}</h1>
              <p class="empty">Your key may not see this: it needs the scope ${needed.join(' or ')}.</p>`
      }
    </main>
    <${Dialog} key=${place} />
    <footer class="hint">
      ${
        may('operate') &&
        session.projects === null &&
        html`<a href="dashboard" target="_blank">Jobs (Bull Board)</a>`
      }
      <a href="docs" target="_blank">API</a>
      <span>Times are in ${Intl.DateTimeFormat().resolvedOptions().timeZone}.</span>
    </footer>`;
}

/** The name of the deployment, so that nobody stops the calls of another one. */
function Badge({ name }) {
  if (name === null) return null;
  const tone = /^prod/i.test(name) ? 'bad' : /^(stag|pre|uat)/i.test(name) ? 'warn' : 'busy';
  return html`<span class="pill ${tone}"><span class="hidden">Environment: </span>${name}</span>`;
}

render(html`<${Page} />`, document.getElementById('page'));
