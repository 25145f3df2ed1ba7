import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { withVariables } from '../../src/demo/redis/commands.js';

const run = promisify(execFile);

/** The folder of the Dockerfile and docker-compose.yml. */
const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * Runs `docker` in the repository, with these variables added to the inherited ones, and returns its output.
 *
 * @throws {Error} with everything that it wrote
 */
export async function docker(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  const [file, ...rest] = withVariables(variables, ['docker', ...args]);
  try {
    const { stdout } = await run(file, rest, { cwd: REPOSITORY, maxBuffer: MAX_OUTPUT_BYTES });
    return stdout.trim();
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    // oxlint-disable-next-line preserve-caught-error -- it would print the same output again, escaped
    throw new Error(`docker ${args.join(' ')} failed\n${stdout}${stderr}`);
  }
}

/** The part of `docker inspect` that the tests read. */
export interface Container {
  readonly Name: string;
  readonly RestartCount: number;
  readonly State: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly Health?: { readonly Status: string };
  };
  readonly Config: { readonly User: string; readonly Labels: Readonly<Record<string, string>> };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[] | null;
    readonly SecurityOpt: readonly string[] | null;
  };
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[] | null>>;
  };
}
