import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Metafile, Plugin } from 'esbuild';
import { withClassNames } from './bundle/class-names.js';
import { ownPartOf } from './bundle/own-part.js';
import type { SourceMap } from './bundle/own-part.js';

const COMPILED = fileURLToPath(new URL('..', import.meta.url));
const BUNDLE = 'bundle';

/** In the root of the repository, where npm runs its scripts. */
const SOURCES = resolve('src') + sep;

/** What Nest looks for and does without. */
const NOT_INSTALLED = [
  '@nestjs/microservices',
  '@nestjs/microservices/*',
  '@nestjs/platform-express',
  '@nestjs/websockets',
  '@nestjs/websockets/*',
  '@fastify/multipart',
];

/** What packages in CommonJS expect to be there. */
const COMMON_JS = [
  "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
  'const { filename: __filename, dirname: __dirname } = import.meta;',
].join('');

/**
 * Says of @nestjs/swagger what its package.json does not: that its modules only declare. The decorators then come without
 * what makes the description of them, which is loaded with that.
 */
const ONLY_DECLARES: Plugin = {
  name: 'only-declares',
  setup: (bundler) => {
    bundler.onResolve({ filter: /^@nestjs\/swagger$|^\./ }, async ({ path, pluginData, ...from }) => {
      const isOfSwagger = path === '@nestjs/swagger' || from.resolveDir.includes('@nestjs/swagger');
      if (!isOfSwagger || pluginData === ONLY_DECLARES) return undefined;
      return { ...(await bundler.resolve(path, { ...from, pluginData: ONLY_DECLARES })), sideEffects: false };
    });
  },
};

const CLASS_NAMES: Plugin = {
  name: 'class-names',
  setup: (bundler) => {
    bundler.onLoad({ filter: /\.[cm]?js$/ }, async ({ path }) => ({
      contents: withClassNames(await readFile(path, 'utf8')),
    }));
  },
};

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
    bundle: true,
    // What is imported when it is needed stays in files of its own.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Modules of which only what is used is taken, and which Nest can import by name.
    mainFields: ['es2015', 'module', 'main'],
    external: NOT_INSTALLED,
    plugins: [ONLY_DECLARES, CLASS_NAMES],
    banner: { js: COMMON_JS },
    minifyWhitespace: true,
    legalComments: 'none',
    sourcemap: true,
    metafile: true,
    logLevel: 'warning',
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
