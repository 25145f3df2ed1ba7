import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from '../../src/access/key-entry.js';

export const BASE_PATH = '/tools/streamstop';

const FULL = 'a-key-of-24-characters-00';
const LIMITED = 'a-key-of-24-characters-01';

/** One of them may do everything. */
export const KEYS = [FULL, FULL, LIMITED];

/** The variables of a service that gets random requests. Its keys are in a file in `folder`. */
export async function fuzzVariables(folder: string): Promise<Record<string, string>> {
  const file = join(folder, 'api-keys.json');
  const limited = { name: 'limited', keyHash: digestOf(LIMITED), scopes: ['cancel'] };
  await writeFile(file, JSON.stringify({ keys: [limited] }));
  return {
    API_KEYS: `full:${FULL}`,
    API_KEYS_FILE: file,
    BASE_PATH,
    SOURCE_REQUESTS_PER_MINUTE: '1000000',
  };
}

/** @returns the ids of new cancellations of calls */
export async function cancelled(apiUrl: string, callSids: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const callSid of callSids) {
    const response = await fetch(`${apiUrl}/cancellations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${FULL}` },
      body: JSON.stringify({ callSid, streamName: 'stream', deadlineMs: 5000 }),
    });
    ids.push(((await response.json()) as { id: string }).id);
  }
  return ids;
}
