import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUNDLING } from '../bundle/bundling.js';

const PROGRAMS = fileURLToPath(new URL('programs/', import.meta.url));
const BUNDLED = 'bundled';

/**
 * Bundles one of `programs/` as `bundle.ts` does the service.
 *
 * @returns its name, for `Stage.run`
 */
export async function bundledProgram(name: string): Promise<string> {
  await build({ ...BUNDLING, absWorkingDir: PROGRAMS, entryPoints: [`${name}.js`], outdir: BUNDLED });
  return `${BUNDLED}/${name}`;
}
