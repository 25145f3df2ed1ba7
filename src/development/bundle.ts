import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Metafile } from 'esbuild';
import { BUNDLING } from './bundle/bundling.js';
import { ownPartOf } from './bundle/own-part.js';
import type { SourceMap } from './bundle/own-part.js';

const COMPILED = fileURLToPath(new URL('..', import.meta.url));
const BUNDLE = 'bundle';

/** In the root of the repository, where npm runs its scripts. */
const SOURCES = resolve('src') + sep;

/**
 * Puts the compiled service and the packages that it uses into a few files: Node.js takes longer to find and to read a
 * thousand modules than to run them. `bundle/main.js` then does what `main.js` does.
 */
async function bundle(): Promise<void> {
  await rm(COMPILED + BUNDLE, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: COMPILED,
    entryPoints: ['main.js'],
    outdir: BUNDLE,
    ...BUNDLING,
    metafile: true,
  });
  await Promise.all(mapsOf(metafile).map(keepOwnPart));
}

const mapsOf = ({ outputs }: Metafile): string[] =>
  Object.keys(outputs)
    .filter((file) => file.endsWith('.map'))
    .map((file) => COMPILED + file);

async function keepOwnPart(file: string): Promise<void> {
  const map = JSON.parse(await readFile(file, 'utf8')) as SourceMap;
  const isOwn = (source: string): boolean => resolve(dirname(file), source).startsWith(SOURCES);
  await writeFile(file, JSON.stringify(ownPartOf(map, isOwn)));
}

await bundle();
