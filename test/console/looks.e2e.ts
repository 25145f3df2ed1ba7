import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import { faultsOf, logIn, NO_BROWSER, useBrowser } from './fixtures/browser.js';
import type { Tab } from './fixtures/browser.js';
import { livelyHistory } from './fixtures/history.js';
import { keyOf, ON_CALL, REFUSED, useService } from './fixtures/console-service.js';

const SLOW = { timeout: 240_000 };

/** SCREENSHOTS is a folder in which each view is kept as a picture. */
const { SCREENSHOTS = '' } = process.env;

async function keep({ page }: Tab, name: string): Promise<void> {
  if (SCREENSHOTS === '') return;
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
}

const HEALTHY = {
  level: 'ok',
  message: 'Stops reach their calls: 95 % of 486 within 118 ms in the last 5 minutes; nothing is waiting',
  advice: null,
};

const LOOKS = [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['narrow', { viewport: { width: 400, height: 800 } }],
] as const;

describe.skipIf(NO_BROWSER)('the page', SLOW, () => {
  const browser = useBrowser();
  const service = useService([ON_CALL], { ENVIRONMENT_NAME: 'staging' });
  let failed: Cancellation;

  beforeAll(async () => {
    const [first] = await Promise.all([
      service.stop(REFUSED),
      ...Array.from({ length: 60 }, () => service.stop()),
    ]);
    failed = await service.finished(first.id);
  });

  it.each(LOOKS)('can be used by everybody, and is as wide as the window: %s', async (name, options) => {
    const tab = await browser.open(service.url(), options);
    const { page } = tab;
    // The pictures show what a machine shows that does nothing else.
    await page.route('**/queue/history', (route) => route.fulfill({ json: livelyHistory(Date.now()) }));
    await page.route('**/queue', async (route) => {
      const queue = (await (await route.fetch()).json()) as object;
      await route.fulfill({ json: { ...queue, health: HEALTHY } });
    });
    const look = async (view: string) => {
      await keep(tab, `${view}-${name}`);
      expect([view, await faultsOf(tab)]).toEqual([view, []]);
      const [content, window] = (await page.evaluate(
        '[document.documentElement.scrollWidth, innerWidth]',
      )) as [number, number];
      expect([view, content]).toEqual([view, Math.min(content, window)]);
    };
    await page.getByLabel('API key').waitFor();
    await look('login');
    await logIn(tab, keyOf(ON_CALL));
    await page.getByText('Time to stop').waitFor();
    await page.getByText('SignalWire refused it').waitFor();
    await look('now');
    await page.getByRole('button', { name: 'Pause everything' }).click();
    await page.getByRole('dialog').waitFor();
    await look('pause');
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Cancellations' }).click();
    await page.getByRole('row').nth(1).waitFor();
    await look('cancellations');
    await page.getByText('Filter:').click();
    await look('filter');
    await page.goto(`${service.url()}#/cancellations/${failed.id}`);
    await page.getByRole('heading', { name: 'Timeline' }).waitFor();
    await page.getByText('Raw record').click();
    await look('cancellation');
    await service.pause('default');
    await page.getByRole('button', { name: 'Retry …' }).click();
    await page.getByRole('dialog').getByText('Sending is paused').waitFor();
    await look('retry');
    const waiting = await service.stop();
    await page.goto(`${service.url()}#/cancellations/${waiting.id}`);
    await page.getByText('sending is paused').waitFor();
    await look('waiting');
    await page.goto(`${service.url()}#/cancellations?status=queued`);
    await page.getByText('sending is paused').waitFor();
    await look('waiting-list');
    await service.resume('default');
  });

  it('can be used with the keyboard alone', async () => {
    const { page } = await browser.open(service.url());
    await page.getByLabel('API key').waitFor();
    await page.keyboard.type(keyOf(ON_CALL));
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Pause default' }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await page.reload();
    await page.getByRole('button', { name: 'Pause default' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    const focused = async () => {
      await page.keyboard.press('Tab');
      return page.evaluate('document.activeElement.textContent');
    };
    // There may be links before it: to stops that were late, and to those that wait.
    let reached = await focused();
    for (let links = 0; links < 2 && reached !== 'Pause everything'; links += 1) reached = await focused();
    expect(reached).toBe('Pause everything');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('loads at most 100 kB, all of it from the service', async () => {
    const sizes: Promise<number>[] = [];
    const tab = await browser.open('about:blank');
    tab.page.on('response', (response) => {
      if (/\/$|\.(?:js|css|html)$/.test(new URL(response.url()).pathname))
        sizes.push(response.body().then(({ length }) => length));
    });
    await tab.page.goto(service.url());
    await logIn(tab, keyOf(ON_CALL));
    await tab.page.getByRole('link', { name: 'Cancellations' }).click();
    await tab.page.getByRole('row').nth(1).waitFor();
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(50_000);
    expect(total).toBeLessThanOrEqual(100_000);
    const others = tab.requests.filter((url) => url !== 'about:blank' && !url.startsWith(service.url()));
    expect(others).toEqual([]);
  });
});
