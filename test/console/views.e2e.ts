import { EventEmitter, once } from 'node:events';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Route } from 'playwright-core';
import type { Cancellation } from '../../src/api/cancellation.js';
import { logIn, shows, NO_BROWSER, SOON, useBrowser } from './fixtures/browser.js';
import type { Tab } from './fixtures/browser.js';
import { keyOf, ON_CALL, REFUSED, useService } from './fixtures/console-service.js';

const SLOW = { timeout: 120_000 };
const SUCCEEDED = '#/cancellations?status=succeeded';

const away = (route: Route) => route.fulfill({ status: 503, json: { code: 'queue_unavailable' } });

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
    await shows(tab, /A retry is probably refused, too/);
    await page.getByRole('link', { name: '2 SignalWire refused it' }).click();
    await shows(tab, '2 found');
    expect(await page.getByRole('row').filter({ hasText: 'SignalWire refused it' }).count()).toBe(2);
    await page.getByRole('button', { name: 'Retry all that match' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('heading', { name: 'Retry 2 cancellations?' }).waitFor();
    await dialog
      .getByText(
        'status failed or expired; requested in the last hour; not retried; reason SignalWire refused it',
      )
      .waitFor();
    await dialog.getByRole('button', { name: 'Retry 2' }).click();
    await dialog.getByRole('heading', { name: 'Done' }).waitFor();
    await dialog.getByText('2 retried.').waitFor();
    expect(await page.evaluate('document.activeElement.textContent.trim()')).toBe('Close');
    const { items } = (await (await service.client().request('/cancellations')).json()) as {
      items: Cancellation[];
    };
    const retried = items.flatMap(({ retryOf }) => retryOf ?? []).toSorted();
    expect(retried).toEqual(failed.map(({ id }) => id).toSorted());
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(() => page.evaluate('document.activeElement.id'), SOON).toBe('main');
    // Only the retries are still to be retried.
    await expect
      .poll(() => page.getByRole('row').filter({ hasText: 'a retry' }).count(), SOON)
      .toBe(failed.length);
    expect(await page.getByRole('row').count()).toBe(failed.length + 1);
  });

  it('marks what was retried, and leads from it to its retry instead of retrying it again', async () => {
    const original = await service.stop(REFUSED);
    await service.finished(original.id);
    const again = await service.client().request(`/cancellations/${original.id}/retry`, { method: 'POST' });
    const retry = (await again.json()) as Cancellation;
    await service.finished(retry.id);
    const tab = await openAt(`#/cancellations?callSid=${original.callSid}`);
    const { page } = tab;
    await page.getByRole('row', { name: /failed retried/ }).waitFor();
    await page.getByRole('row', { name: /failed a retry/ }).waitFor();
    await page.goto(`${service.url()}#/cancellations/${original.id}`);
    await shows(tab, /Retried at \d\d:\d\d:\d\d: failed/);
    expect(await page.getByRole('button', { name: 'Retry …' }).count()).toBe(0);
    await page.getByRole('link', { name: 'See the retry' }).click();
    await expect.poll(() => page.url(), SOON).toContain(retry.id);
    await page.getByRole('button', { name: 'Retry …' }).click();
    await page.getByRole('dialog').getByText('A retry is probably refused, too').waitFor();
  });

  it('shows what failed because of a pause, and nothing else, by the link of that reason', async () => {
    await service.pause('default');
    const expired = await service.stop({}, { deadlineMs: 1000 });
    await service.finished(expired.id);
    await service.resume('default');
    const { page } = await openAt();
    await page.getByRole('link', { name: '1 Never sent before the deadline' }).click();
    await page.getByRole('row', { name: /expired .* an operator had paused the sending/ }).waitFor();
    expect(await page.getByRole('row').count()).toBe(2);
  });

  it('tells what happened to a call that one looks for', async () => {
    const tab = await openAt();
    await tab.page.getByRole('searchbox').fill(stopped.callSid);
    await tab.page.keyboard.press('Enter');
    await shows(tab, /SignalWire fetched the stop document \d+ ms after the request/);
    await shows(tab, /Not known: whether the stream has stopped/);
    await shows(tab, 'say "Stopping stream", then SignalWire hangs up');
    expect(await tab.page.locator('.warning').count()).toBe(0);
    const steps = await tab.page.getByRole('listitem').allTextContents();
    expect(steps.join()).toMatch(
      /on-call asked to stop.*Attempt 1 \(Update a Call\).*fetched the stop document.*Succeeded/,
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
    const place = await tab.page.getByRole('searchbox').boundingBox();
    await search('nowhere');
    await shows(tab, 'Nothing found for "nowhere"');
    const covered = await tab.page.getByText('Nothing found').boundingBox();
    const heading = await tab.page.getByRole('heading', { level: 1 }).boundingBox();
    expect((covered?.y ?? 0) + (covered?.height ?? 0)).toBeLessThanOrEqual(heading?.y ?? 0);
    expect(await tab.page.getByRole('searchbox').boundingBox()).toEqual(place);
  });

  it('stops the sending for a project after it has said what that means, and resumes it', async () => {
    const tab = await openAt();
    const { page } = tab;
    await page.getByRole('button', { name: 'Pause default' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('heading', { name: 'Pause default?' }).waitFor();
    expect(await page.evaluate("getComputedStyle(document.querySelector('dialog')).textAlign")).toBe('start');
    await dialog.getByText('Deadlines keep running').waitFor();
    expect(await page.evaluate('document.activeElement.textContent.trim()')).toBe('Back');
    await dialog.getByRole('button', { name: 'Pause default' }).click();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('row', { name: /default paused/ }).waitFor();
    const waiting = await service.stop();
    await shows(tab, 'Paused: default.');
    await shows(tab, 'Deadlines keep running meanwhile. Resume default once it may go on.');
    await page.getByLabel('Health').getByRole('link', { name: 'Go to the projects' }).click();
    expect(await page.evaluate('document.activeElement.id')).toBe('projects');
    expect(await page.getByText('POST /').count()).toBe(0);
    await expect.poll(() => page.locator('.figures').textContent(), SOON).toMatch(/^\s*waiting\s*1/);

    await page.locator('.figures').getByRole('link', { name: '1' }).click();
    await shows(tab, '1 found');
    await page.getByRole('button', { name: 'Withdraw all that match' }).waitFor();
    const pause = page.getByText(/Waiting until .* at most; as last seen, sending is paused/);
    await pause.waitFor();
    await page.locator(`a[title="${waiting.callSid}"]`).click();
    await page.getByRole('heading', { name: 'Cancellation of stream' }).waitFor();
    await pause.waitFor();
    await page.getByRole('button', { name: 'Withdraw' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Withdraw it' }).click();
    await shows(tab, 'Withdrawn before it was sent.');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    // The button that asked is gone.
    await expect.poll(() => page.evaluate('document.activeElement.id'), SOON).toBe('main');
    await page.getByRole('button', { name: 'Retry …' }).click();
    await dialog.getByText('It is sent again under a new id. After the stop: ').waitFor();
    await dialog.getByText('Sending is paused for default: cancellations wait until it is resumed').waitFor();
    await dialog.getByRole('button', { name: 'Retry it' }).click();
    await expect.poll(() => page.url(), SOON).not.toContain(waiting.id);
    await pause.waitFor();

    await service.resume('default');
    // No reload: the page follows the events of the cancellation.
    await shows(tab, /The call is over|SignalWire fetched the stop document/);
  });

  it('says what stays paused when everything is resumed', async () => {
    await service.pause('default');
    const tab = await openAt();
    const { page } = tab;
    const dialog = page.getByRole('dialog');
    const confirm = async (name: string, mentions: number) => {
      await page.getByRole('button', { name }).click();
      await dialog.waitFor();
      const left = dialog.getByText('Stays paused: default.');
      expect(await left.count()).toBe(mentions);
      await dialog.getByRole('button', { name }).click();
      await dialog.getByRole('heading', { name: 'Done' }).waitFor();
      expect(await left.count()).toBe(mentions);
      await dialog.getByRole('button', { name: 'Close' }).click();
    };
    await confirm('Pause everything', 0);
    await shows(tab, 'Everything is paused. Stays paused: default.');
    await confirm('Resume everything', 1);
    await page.getByRole('button', { name: 'Resume default' }).waitFor();
    expect(await page.getByRole('row', { name: /default paused/ }).count()).toBe(1);
    await service.resume('default');
  });

  it('lists cancellations as they change, with the filter in the address', async () => {
    const tab = await openAt('#/cancellations?status=succeeded&callSid=no-such-call');
    await shows(tab, 'Nothing matches.');
    const { page } = tab;
    await page.getByLabel('Call SID', { exact: true }).fill('');
    await page.getByLabel('Call SID', { exact: true }).press('Enter');
    await expect.poll(() => page.url(), SOON).toMatch(/\?status=succeeded$/);
    await shows(tab, /, live/);
    const { callSid } = await service.stop();
    await page.locator(`a[title="${callSid}"]`).waitFor();
    await page.goBack();
    expect(tab.complaints.filter((text) => !text.includes('401'))).toEqual([]);
  });

  it('offers no proof where none can be signed, and says why', async () => {
    const tab = await openAt(`#/cancellations/${stopped.id}`);
    await shows(tab, 'No signed proof: PROOF_KEY is not set.');
    expect(await tab.page.getByRole('button', { name: /proof/ }).count()).toBe(0);
  });

  it('keeps the list still under the pointer, and shows what is new once that leaves', async () => {
    const [still, other] = [await openAt(SUCCEEDED), await openAt(SUCCEEDED)];
    await Promise.all([shows(still, /, live/), shows(other, /, live/)]);
    await still.page.getByRole('row').nth(1).hover();
    const { callSid } = await service.stop();
    const link = `a[title="${callSid}"]`;
    await other.page.locator(link).waitFor();
    expect(await still.page.locator(link).count()).toBe(0);
    await still.page.getByRole('heading', { name: 'Cancellations' }).hover();
    await still.page.locator(link).waitFor();
  });

  it('offers no action on nothing', async () => {
    const tab = await openAt('#/cancellations?callSid=no-such-call');
    await shows(tab, '0 found');
    const actions = tab.page.getByRole('button', { name: /all that match/ });
    expect(await Promise.all([actions.nth(0).isDisabled(), actions.nth(1).isDisabled()])).toEqual([
      true,
      true,
    ]);
  });

  it('asks nothing in another view than the one in which the button was pressed', async () => {
    const { id } = await service.stop(REFUSED);
    await service.finished(id);
    const { page } = await openAt(`#/cancellations/${id}`);
    const gate = new EventEmitter();
    const opened = once(gate, 'open');
    await page.route('**/queue', async (route) => {
      await opened;
      await route.continue();
    });
    const asked = page.waitForRequest('**/queue');
    await page.getByRole('button', { name: 'Retry …' }).click();
    const response = (await asked).response();
    await page.getByRole('link', { name: 'Cancellations', exact: true }).click();
    await page.getByRole('heading', { name: 'Cancellations', level: 1 }).waitFor();
    gate.emit('open');
    await (await response)?.finished();
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('says what to do when the service does not answer, and goes on by itself', async () => {
    const tab = await openAt();
    await shows(tab, 'Not paused.');
    await tab.page.context().setOffline(true);
    await shows(tab, 'Check that the service runs');
    await tab.page.context().setOffline(false);
    await expect.poll(() => tab.page.getByText('Check that the service runs').count(), SOON).toBe(0);
  });

  it('keeps a cancellation in order while the service is away, and afterwards', async () => {
    const { page } = await openAt(`#/cancellations/${stopped.id}`);
    const timeline = page.locator('.timeline');
    await timeline.waitFor();
    const alert = page.getByRole('alert').filter({ hasText: 'may have changed' });
    const isOnTop = async () => {
      const [heading, below] = [await page.locator('h1').boundingBox(), await timeline.boundingBox()];
      return Number(heading?.y) < Number(below?.y);
    };
    await page.context().setOffline(true);
    await alert.waitFor();
    expect(await isOnTop()).toBe(true);
    await page.context().setOffline(false);
    await alert.waitFor({ state: 'detached' });
    expect(await isOnTop()).toBe(true);
  });

  it('does not call a list live whose service is away, and offers no action on it', async () => {
    await service.stop(REFUSED);
    const tab = await openAt('#/cancellations');
    const { page } = tab;
    await shows(tab, /found, live|The newest \d+, live/);
    // The stream of events stays open.
    await page.route('**/queue', away);
    await page.route('**/cancellations?*', away);
    await shows(tab, 'The list may have changed:');
    await shows(tab, ', connecting …');
    const retry = page.getByRole('button', { name: 'Retry all that match' });
    expect(await retry.isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.unrouteAll();
    await expect.poll(() => retry.isEnabled(), SOON).toBe(true);
    await shows(tab, ', live');
  });

  it('notices that the service does not answer any more, though it takes requests', async () => {
    const tab = await openAt();
    await shows(tab, 'Not paused.');
    await tab.page.addInitScript(
      'const { timeout } = AbortSignal; AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms / 10);',
    );
    await tab.page.reload();
    await shows(tab, 'Not paused.');
    const unanswered: Route[] = [];
    await tab.page.route('**/queue', (route) => void unanswered.push(route));
    await shows(tab, 'may have changed: The service does not answer.');
    expect(await tab.page.getByRole('button', { name: 'Pause everything' }).isDisabled()).toBe(true);
    await Promise.all(unanswered.map((route) => route.abort().catch(() => undefined)));
  });
});
