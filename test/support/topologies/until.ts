import { setTimeout as delay } from 'node:timers/promises';

const LOOKS_AGAIN_AFTER_MS = 50;

/** Looks until `happened`. @throws {Error} it did not within `limitMs` */
export async function until(what: string, happened: () => Promise<boolean>, limitMs = 30_000): Promise<void> {
  const start = performance.now();
  while (!(await happened())) {
    if (performance.now() - start > limitMs) throw new Error(`not within ${limitMs / 1000} s: ${what}`);
    await delay(LOOKS_AGAIN_AFTER_MS);
  }
}
