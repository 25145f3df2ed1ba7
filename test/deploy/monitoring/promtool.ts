import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const MONITORING = fileURLToPath(new URL('../../../deploy/monitoring/', import.meta.url));
export const RULES = ['alerts.yml', 'records.yml'].map((file) => join(MONITORING, 'prometheus/rules', file));

/**
 * Debian's packages `prometheus` and `prometheus-alertmanager`. CI installs them; a machine without them leaves these
 * tests out.
 */
const isInstalled = ['promtool', 'prometheus', 'amtool', 'prometheus-alertmanager'].every((program) =>
  existsSync(`/usr/bin/${program}`),
);
export const areLeftOut = !isInstalled && process.env['CI'] === undefined;

/** @throws with what promtool says where it is not content */
export async function promtool(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('/usr/bin/promtool', args, { maxBuffer: 2 ** 26 }).catch(
    (error: Error & { stdout?: string; stderr?: string }) => {
      throw new Error(`${error.message}\n${error.stdout}\n${error.stderr}`);
    },
  );
  return stdout;
}

/**
 * Runs unit tests of rules; YAML takes JSON as it is.
 *
 * @returns what promtool says
 * @throws a test fails
 */
export async function testRules(tests: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'streamstop-test-'));
  const file = join(folder, 'tests.yml');
  try {
    await writeFile(file, JSON.stringify({ rule_files: RULES, ...tests }));
    return await promtool('test', 'rules', file);
  } finally {
    await rm(folder, { recursive: true });
  }
}
