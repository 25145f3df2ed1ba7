import { afterEach, describe, expect, it } from 'vitest';
import { faultsOf, logIn, NO_BROWSER, shows, SOON, useBrowser } from './fixtures/browser.js';
import type { Tab } from './fixtures/browser.js';
import { livelyHistory } from './fixtures/history.js';
import { keyOf, ON_CALL, READER, REFUSED, useService } from './fixtures/console-service.js';
import type { Entry } from './fixtures/console-service.js';

const SLOW = { timeout: 120_000 };
const SETUP = {
  level: 'degraded',
  message: 'Something is wrong',
  advice: 'Have it checked (GET /setup). Then try default now (POST /queue/resume with the project).',
};

/** As if something were wrong with the setup. */
const troubled = ({ page }: Tab) =>
  page.route('**/queue', async (route) => {
    const queue = (await (await route.fetch()).json()) as object;
    await route.fulfill({ json: { ...queue, health: SETUP } });
  });

/** Half a second late, both the paint and what is done if none comes. */
const PAINTS_LATE = `{
  const frame = requestAnimationFrame;
  const timer = setTimeout;
  requestAnimationFrame = (act) => timer(() => frame(act), 500);
  setTimeout = (act, ms = 0) => timer(act, ms + 500);
}`;

const focused = ({ page }: Tab) => page.evaluate('document.activeElement.id');

describe.skipIf(NO_BROWSER)('the view Now', SLOW, () => {
  const browser = useBrowser();
  const service = useService([ON_CALL, READER]);
  afterEach(() => service.resume('default'));

  async function openAs(entry: Entry): Promise<Tab> {
    const tab = await browser.open(service.url());
    await logIn(tab, keyOf(entry));
    await tab.page.getByRole('heading', { name: 'Projects' }).waitFor();
    return tab;
  }

  it('warns before a retry that cannot help, and then shows at once what is left, with the focus there', async () => {
    const { id } = await service.stop(REFUSED, { deadlineMs: 8000 });
    await service.finished(id);
    const tab = await openAs(ON_CALL);
    const { page } = tab;
    await page.getByRole('button', { name: 'Retry …' }).press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('1 SignalWire refused it. A retry is probably refused, too.').waitFor();
    await dialog.getByText('Each keeps the length of its deadline: 8 s.').waitFor();
    expect(await dialog.getByText('Sending is paused').count()).toBe(0);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Retry …');
    await service.pause('default');
    await page.keyboard.press('Enter');
    await dialog
      .getByText('Sending is paused for default: cancellations wait until it is resumed, and expire')
      .waitFor();
    await dialog.getByRole('button', { name: 'Retry 1' }).press('Enter');
    await dialog.getByRole('button', { name: 'Close' }).waitFor();
    const lists = () => tab.requests.filter((url) => url.includes('retried=false')).length;
    const before = lists();
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(lists, { timeout: 2000 }).toBeGreaterThan(before);
    expect(await focused(tab)).toBe('failures');
    await page.getByRole('link', { name: 'those retried since' }).click();
    await page.getByRole('row', { name: /failed retried/ }).waitFor();
  });

  it('says where nothing has stopped of late, and what the marks and scales of the charts mean', async () => {
    const tab = await openAs(ON_CALL);
    await tab.page.route('**/queue/history', (route) =>
      route.fulfill({ json: livelyHistory(Date.now(), { isIdle: true }) }),
    );
    const chart = tab.page.getByRole('figure').filter({ hasText: 'Time to stop' });
    await expect.poll(() => chart.textContent(), SOON).toMatch(/half within\s+no stops\s*, peak 52 ms/);
    await chart.getByText('logarithmic, 10 ms to 2400 ms').waitFor();
    await tab.page.getByText('0 to 4200 ms').waitFor();
    await shows(tab, 'A cross is a lone point.');
  });

  it('says that an action that failed is not tried again, and offers none while its figures are old', async () => {
    const tab = await openAs(ON_CALL);
    const { page } = tab;
    const pause = page.getByRole('button', { name: 'Pause default' });
    await pause.click();
    await page.context().setOffline(true);
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Pause default' }).click();
    await dialog
      .getByText('Nothing is known to have changed. Press again once the service is back.')
      .waitFor();
    expect(await dialog.getByText('by itself').count()).toBe(0);
    await page.keyboard.press('Escape');
    await shows(tab, /Everything below was so at \d\d:\d\d:\d\d and may have changed/);
    await pause.scrollIntoViewIfNeeded();
    expect(await pause.isDisabled()).toBe(true);
    const note = await page.getByText('Everything below was so at').boundingBox();
    expect(note?.y).toBeLessThan(60);
    expect(await faultsOf(tab)).toEqual([]);
    await page.context().setOffline(false);
    await expect.poll(() => pause.isEnabled(), SOON).toBe(true);
  });

  it('loses no click and no key where the browser paints late', async () => {
    const { page } = await openAs(ON_CALL);
    await page.addInitScript({ content: PAINTS_LATE });
    await page.reload();
    await page.getByRole('link', { name: 'Cancellations' }).click();
    await page.getByRole('heading', { name: 'Cancellations' }).waitFor();
    await page.getByRole('link', { name: 'Now' }).click();
    await page.getByRole('button', { name: 'Pause default' }).press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Pause default' }).press('Enter');
    await page.getByRole('heading', { name: 'Done' }).waitFor();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByRole('dialog').count(), SOON).toBe(0);
  });

  it('shows what the setup check finds', async () => {
    const tab = await openAs(ON_CALL);
    await troubled(tab);
    await tab.page.getByRole('button', { name: 'Check the setup' }).click();
    await tab.page
      .getByRole('listitem')
      .filter({ hasText: /ok public url:/ })
      .waitFor();
    await tab.page
      .getByRole('listitem')
      .filter({ hasText: /signalwire of default:/ })
      .waitFor();
    expect(await tab.page.getByRole('link', { name: 'Go to the projects' }).count()).toBe(1);
  });

  it('offers a key only what it may do', async () => {
    const tab = await openAs(READER);
    await troubled(tab);
    await shows(tab, 'That needs a key with the scope operate.');
    const names = ['Check the setup', 'Go to the projects', 'Jobs (Bull Board)'];
    expect(await Promise.all(names.map((name) => tab.page.getByText(name).count()))).toEqual([0, 0, 0]);
  });
});
