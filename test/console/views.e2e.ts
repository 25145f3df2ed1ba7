import { beforeAll, describe, expect, it } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import { logIn, shows, NO_BROWSER, SOON, useBrowser } from './fixtures/browser.js';
import type { Tab } from './fixtures/browser.js';
import { keyOf, ON_CALL, REFUSED, useService } from './fixtures/console-service.js';

const SLOW = { timeout: 120_000 };

describe.skipIf(NO_BROWSER)('the page', SLOW, () => {
  const browser = useBrowser();
  const service = useService([ON_CALL]);
  let failed: readonly Cancellation[];
  let stopped: Cancellation;

  beforeAll(async () => {
    failed = await Promise.all([service.stop(REFUSED), service.stop(REFUSED)]);
    stopped = await service.stop();
    await Promise.all([...failed, stopped].map(({ id }) => service.finished(id)));
  });

  async function openAt(hash = ''): Promise<Tab> {
    const tab = await browser.open(`${service.url()}${hash}`);
    await logIn(tab, keyOf(ON_CALL));
    return tab;
  }

  it('says why stops failed in the last hour, shows which, and retries them after it has shown how many', async () => {
    const tab = await openAt();
    const { page } = tab;
    await page.getByRole('link', { name: '2 SignalWire refused it' }).click();
    await shows(tab, '2 found');
    expect(await page.getByRole('row').filter({ hasText: 'SignalWire refused it' }).count()).toBe(2);
    await page.getByRole('button', { name: 'Retry all that match' }).click();
    const dialog = page.getByRole('dialog', { name: 'Retry 2 cancellations?' });
    await dialog.getByText('status failed or expired; reason rejected; accepted in the last hour').waitFor();
    await dialog.getByRole('button', { name: 'Retry 2' }).click();
    await dialog.getByText('2 retried.').waitFor();
    const { items } = (await (await service.client().request('/cancellations')).json()) as {
      items: Cancellation[];
    };
    const retried = items.flatMap(({ retryOf }) => retryOf ?? []).toSorted();
    expect(retried).toEqual(failed.map(({ id }) => id).toSorted());
  });

  it('tells what happened to a call that one looks for', async () => {
    const tab = await openAt();
    await tab.page.getByRole('searchbox').fill(stopped.callSid);
    await tab.page.keyboard.press('Enter');
    await shows(tab, /SignalWire fetched the document that stops the stream \d+ ms after the request/);
    const steps = await tab.page.getByRole('listitem').allTextContents();
    expect(steps.join()).toMatch(
      /on-call asked to stop.*Attempt 1: Update a Call.*fetched the stop document.*Succeeded/,
    );
    await tab.page.getByText('Raw record').click();
    expect(JSON.parse((await tab.page.getByLabel('Raw record').textContent()) ?? '')).toMatchObject({
      id: stopped.id,
    });
  });

  it('finds a cancellation by its id and calls by the name of their stream, and says when there is none', async () => {
    const tab = await openAt();
    const search = async (text: string) => {
      await tab.page.getByRole('searchbox').fill(text);
      await tab.page.keyboard.press('Enter');
    };
    await search(stopped.id);
    await expect.poll(() => tab.page.url(), SOON).toContain(`#/cancellations/${stopped.id}`);
    await search('agent');
    await expect.poll(() => tab.page.url(), SOON).toContain('?streamName=agent');
    await search('nowhere');
    await shows(tab, 'Nothing is known of "nowhere"');
  });

  it('stops the sending for a project after it has said what that means, and resumes it', async () => {
    const tab = await openAt();
    const { page } = tab;
    await page.getByRole('button', { name: 'Pause default' }).click();
    const dialog = page.getByRole('dialog', { name: 'Pause default?' });
    await dialog.getByText('Deadlines go on running').waitFor();
    await dialog.getByRole('button', { name: 'Pause default' }).click();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('row', { name: /default paused/ }).waitFor();
    const waiting = await service.stop();

    await page.goto(`${service.url()}#/cancellations/${waiting.id}`);
    await page.getByRole('button', { name: 'Withdraw' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Withdraw it' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await shows(tab, 'Taken back before it was sent.');
    await page.getByRole('button', { name: 'Retry', exact: true }).click();
    await expect.poll(() => page.url(), SOON).not.toContain(waiting.id);
    await shows(tab, 'Waiting to be sent.');

    await service.client().request('/queue/resume', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"project": "default"}',
    });
    // No reload: the page follows the events of the cancellation.
    await shows(tab, /The call is over|SignalWire fetched the document/);
  });

  it('lists cancellations as they change, with the filter in the address', async () => {
    const tab = await openAt('#/cancellations?status=succeeded&callSid=no-such-call');
    await shows(tab, 'Nothing matches.');
    const { page } = tab;
    await page.getByLabel('Call SID', { exact: true }).fill('');
    await page.getByLabel('Call SID', { exact: true }).press('Enter');
    await expect.poll(() => page.url(), SOON).toMatch(/\?status=succeeded$/);
    await shows(tab, 'shown as they change');
    const { callSid } = await service.stop();
    await page.locator(`a[title="${callSid}"]`).waitFor();
    await page.goBack();
    expect(tab.complaints.filter((text) => !text.includes('401'))).toEqual([]);
  });

  it('copies a proof, or says why there is none', async () => {
    const tab = await openAt(`#/cancellations/${stopped.id}`);
    await tab.page.getByRole('button', { name: 'Copy the proof' }).click();
    await expect(shows(tab, /PROOF_KEY/)).resolves.toBeUndefined();
  });

  it('says what to do when the service does not answer, and goes on by itself', async () => {
    const tab = await openAt();
    await shows(tab, 'Not paused.');
    await tab.page.context().setOffline(true);
    await shows(tab, 'Check that the service runs');
    await tab.page.context().setOffline(false);
    await expect.poll(() => tab.page.getByText('Check that the service runs').count(), SOON).toBe(0);
  });
});
