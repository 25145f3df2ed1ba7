import { describe, expect, it } from 'vitest';
import type { BrowserContextOptions, Route } from 'playwright-core';
import type { Cancellation } from '../../src/api/cancellation.js';
import { logIn, shows, NO_BROWSER, SOON, useBrowser } from './fixtures/browser.js';
import type { Tab } from './fixtures/browser.js';
import { keyOf, ON_CALL, REFUSED, useService } from './fixtures/console-service.js';

const SLOW = { timeout: 120_000 };
const FAILED = '#/cancellations?status=failed,expired&last=15m&retried=false';

describe.skipIf(NO_BROWSER)('the list of the page', SLOW, () => {
  const browser = useBrowser();
  const service = useService([{ ...ON_CALL, name: 'billing' }, ON_CALL]);

  async function openAt(hash: string, options: BrowserContextOptions = {}): Promise<Tab> {
    const tab = await browser.open(`${service.url()}${hash}`, options);
    await logIn(tab, keyOf(ON_CALL));
    return tab;
  }

  const refused = async (): Promise<Cancellation> => service.finished((await service.stop(REFUSED)).id);

  it('goes on after it has become empty under the pointer', async () => {
    await refused();
    const tab = await openAt(FAILED);
    const { page } = tab;
    await shows(tab, '1 found, live');
    const row = page.getByRole('row').nth(1);
    const { x, y } = (await row.boundingBox()) ?? { x: 0, y: 0 };
    await page.getByRole('button', { name: 'Retry all that match' }).click();
    const dialog = page.getByRole('dialog');
    // The retry is to fail only once the list is empty.
    await service.pause('default');
    await dialog.getByRole('button', { name: 'Retry 1' }).click();
    await dialog.getByText('1 retried.').waitFor();
    const reads: Route[] = [];
    await page.route('**/cancellations?*', (route) => void reads.push(route));
    await page.keyboard.press('Escape');
    await expect.poll(() => reads.length, SOON).toBe(1);
    await page.mouse.move(x + 20, y + 10);
    await page.mouse.move(x + 30, y + 10);
    await reads[0]?.continue();
    await shows(tab, '0 found, live');
    await service.resume('default');
    await shows(tab, '1 found, live');
    expect(await page.getByRole('row', { name: /a retry/ }).count()).toBe(1);
  });

  it('shows the retries alone once all that match were retried', async () => {
    await Promise.all([refused(), refused(), service.stop()]);
    const { page } = await openAt(FAILED);
    await page.getByRole('row').nth(2).waitFor();
    await page.getByRole('button', { name: 'Retry all that match' }).click();
    const confirm = page.getByRole('dialog').getByRole('button', { name: /^Retry \d+$/ });
    const count = Number((await confirm.textContent())?.replace('Retry', ''));
    await confirm.click();
    const link = page.getByRole('link', { name: 'See what was requested since' });
    await link.waitFor();
    await service.stop();
    await link.click();
    const rows = page.locator('tbody tr');
    await expect.poll(() => rows.filter({ hasText: 'a retry' }).count(), SOON).toBe(count);
    expect(await rows.count()).toBe(count);
  });

  it('says what is wrong in its address instead of showing more than was meant', async () => {
    await refused();
    const tab = await openAt('#/cancellations?status=failed&last=2h');
    const { page } = tab;
    await shows(tab, 'last is not a known field; remove it. Correct or clear the filter.');
    expect(await page.getByText('Loading').isVisible()).toBe(false);
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
    for (const action of ['Retry', 'Withdraw'])
      expect(await page.getByRole('button', { name: `${action} all that match` }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await page.getByText('found, live').waitFor();
    await page.goto(`${service.url()}#/cancelations`);
    await page.getByRole('heading', { name: 'No such view' }).waitFor();
  });

  it('comes before the filter where the window is narrow', async () => {
    await refused();
    const { page } = await openAt(FAILED, { viewport: { width: 400, height: 800 } });
    const row = page.locator('tbody tr').first();
    await row.waitFor();
    expect((await row.boundingBox())?.y).toBeLessThan(400);
    expect(await page.getByLabel('Stream name', { exact: true }).isVisible()).toBe(false);
    await page.getByText('Filter: status failed or expired').click();
    expect(await page.getByLabel('Stream name', { exact: true }).isVisible()).toBe(true);
  });
});
