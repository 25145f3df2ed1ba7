import { describe, expect, it } from 'vitest';
import { logIn, shows, NO_BROWSER, SOON, useBrowser } from './fixtures/browser.js';
import { keyOf, ON_CALL, READER, REFUSED, useService } from './fixtures/console-service.js';

const SLOW = { timeout: 120_000 };
const OTHER = { ...ON_CALL, name: 'other' };
const LIMITED = { ...ON_CALL, name: 'limited', projects: ['default'] };
const REQUESTER = { ...ON_CALL, name: 'requester', scopes: ['cancel'] };

describe.skipIf(NO_BROWSER)('the login of the page', SLOW, () => {
  const browser = useBrowser();
  const service = useService([ON_CALL, READER, OTHER, LIMITED, REQUESTER], {
    ENVIRONMENT_NAME: 'production',
  });

  it('says what to do about a wrong key, and lets a right one in', async () => {
    const tab = await browser.open(service.url());
    await tab.page.getByLabel('API key').fill('wrong-horse-battery-staple');
    await tab.page.keyboard.press('Enter');
    await shows(tab, 'There is no such API key. Check that it was copied completely');
    await logIn(tab, keyOf(ON_CALL));
    await shows(tab, 'production');
    const [cookie] = await tab.page.context().cookies();
    expect(cookie).toMatchObject({ name: 'streamstop_session', httpOnly: true, sameSite: 'Strict' });
    expect(await tab.page.evaluate('document.cookie + JSON.stringify(localStorage)')).toBe('{}');
  });

  it('comes back when the session has ended, and then goes on where one was', async () => {
    const tab = await browser.open(`${service.url()}#/cancellations?status=failed`);
    await logIn(tab, keyOf(ON_CALL));
    await shows(tab, /found, live/);
    await tab.page.context().clearCookies();
    await tab.page.getByLabel('expired').click();
    await shows(tab, 'Your session has ended. Log in again');
    await logIn(tab, keyOf(ON_CALL));
    expect(await tab.page.getByLabel('expired').isChecked()).toBe(true);
  });

  it('comes back when the key is removed', async () => {
    const tab = await browser.open(service.url());
    await logIn(tab, keyOf(OTHER));
    await service.rewriteKeys(ON_CALL, READER);
    await expect(shows(tab, 'Your session has ended. Log in again')).resolves.toBeUndefined();
    await service.rewriteKeys(ON_CALL, READER, OTHER, LIMITED, REQUESTER);
  });

  it('in another tab does not keep this one from acting, although its CSRF token is another', async () => {
    const tab = await browser.open(service.url());
    await logIn(tab, keyOf(ON_CALL));
    await shows(tab, 'Not paused.');
    const second = await tab.page.context().newPage();
    await second.goto(service.url());
    await second.evaluate(
      (apiKey) =>
        fetch('session', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ apiKey }),
        }),
      keyOf(OTHER),
    );
    await tab.page.bringToFront();
    await tab.page.getByRole('button', { name: 'Pause everything' }).click();
    await tab.page.getByRole('dialog').getByRole('button', { name: 'Pause everything' }).click();
    await expect(shows(tab, 'Everything is paused')).resolves.toBeUndefined();
    await service.client().request('/queue/resume', { method: 'POST' });
  });

  it('is needed again after one has logged out', async () => {
    const tab = await browser.open(service.url());
    await logIn(tab, keyOf(ON_CALL));
    await tab.page.getByRole('button', { name: 'Log out' }).click();
    await shows(tab, 'You are logged out.');
    await tab.page.reload();
    await expect(tab.page.getByLabel('API key').waitFor()).resolves.toBeUndefined();
  });

  it('with a key that may only read shows everything and offers no action', async () => {
    await service.stop();
    const tab = await browser.open(service.url());
    await logIn(tab, keyOf(READER));
    await tab.page.getByRole('heading', { name: 'Projects' }).waitFor();
    expect(await tab.page.getByRole('button', { name: /^(Pause|Retry)/ }).count()).toBe(0);
    await tab.page.getByRole('link', { name: 'Cancellations' }).click();
    await tab.page.getByRole('row').nth(1).getByRole('link').click();
    await tab.page.getByRole('heading', { name: 'Timeline' }).waitFor();
    expect(await tab.page.getByRole('button', { name: /^(Withdraw|Retry)/ }).count()).toBe(0);
  });

  it('with a key for some projects says which figures are of all, and what an action means', async () => {
    await service.finished((await service.stop(REFUSED)).id);
    const tab = await browser.open(service.url());
    await logIn(tab, keyOf(LIMITED));
    await shows(tab, 'waiting, of all projects');
    await tab.page.goto(`${service.url()}#/cancellations?status=failed`);
    await tab.page.getByRole('button', { name: 'Retry all that match' }).click();
    await shows(tab, 'status failed; of all your projects.');
    expect(await tab.page.getByRole('dialog').count()).toBe(1);
  });

  it('with a key that may not read says what it needs, and asks for nothing', async () => {
    const tab = await browser.open(service.url());
    await logIn(tab, keyOf(REQUESTER));
    await shows(tab, 'Your key may not see this: it needs the scope read or operate.');
    await tab.page.getByRole('link', { name: 'Cancellations' }).click();
    await shows(tab, /needs the scope read\.$/);
    expect(tab.requests.filter((url) => /\/(queue|events|cancellations\?)/.test(url))).toEqual([]);
  });
});

describe.skipIf(NO_BROWSER)('the page of a service without API keys', SLOW, () => {
  const browser = useBrowser();
  const service = useService([ON_CALL], { API_KEYS_FILE: '' });

  it('needs no login', async () => {
    const tab = await browser.open(service.url());
    await tab.page.getByRole('heading', { name: 'Projects' }).waitFor();
    expect(await tab.page.getByRole('button', { name: 'Log out' }).count()).toBe(0);
    expect(tab.complaints).toEqual([]);
  });
});

describe.skipIf(NO_BROWSER)('the page below a base path', SLOW, () => {
  const browser = useBrowser();
  const service = useService([ON_CALL], { BASE_PATH: '/tools/streamstop' });

  it.each(['tools/streamstop/', 'tools/streamstop', ''])('works at %j', async (path) => {
    const tab = await browser.open(`${service.url()}${path}`);
    await logIn(tab, keyOf(ON_CALL));
    await tab.page.getByRole('link', { name: 'Cancellations' }).click();
    await shows(tab, 'There are no cancellations yet.');
    await expect.poll(() => tab.page.getByText(/, live/).count(), SOON).toBe(1);
    const outside = tab.requests.filter((url) => !url.includes('/tools/streamstop'));
    expect(outside.filter((url) => url !== `${service.url()}${path}`)).toEqual([]);
  });
});
