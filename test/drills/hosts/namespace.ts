import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { Program } from '../../../src/demo/program.js';
import { NotRunnableError } from '../drill.js';

/** Reports that it is in the namespace, and keeps it until its stdin ends, with this process at the latest. */
const HOLDER = ['unshare', '--net', 'sh', '-c', 'echo there; exec cat >/dev/null'];

/** A network namespace, which Linux gives to processes. */
export interface Namespace {
  /** Of a process in it. */
  readonly pid: number;
  /** The beginning of the command line of what runs there. */
  readonly within: readonly string[];
}

/** That of this process. */
export const OWN: Namespace = { pid: process.pid, within: [] };

/** A new one, which ends with the program. @throws {NotRunnableError} this machine has or permits none */
export async function namespace(program: Program): Promise<Namespace> {
  const [command = '', ...words] = HOLDER;
  const holder = await program.start(
    async () => spawn(command, words),
    async ({ stdin }) => stdin.end(),
  );
  const refusal = text(holder.stderr);
  const isThere = await Promise.race([
    once(holder.stdout, 'data').then(() => true),
    once(holder, 'close').then(
      () => false,
      () => false,
    ),
  ]);
  if (!isThere)
    throw new NotRunnableError(`needs network namespaces of Linux and root: ${(await refusal).trim()}`);
  const pid = Number(holder.pid);
  return { pid, within: ['nsenter', `--net=/proc/${pid}/ns/net`, '--'] };
}

/** Runs iproute2 there. @throws {NotRunnableError} it is not installed, or refuses */
export async function ip({ within }: Namespace, words: string): Promise<void> {
  const [command = '', ...rest] = [...within, 'ip', ...words.split(' ')];
  await promisify(execFile)(command, rest).catch((error: Error) => {
    throw new NotRunnableError(`ip ${words}: ${error.message}`);
  });
}
