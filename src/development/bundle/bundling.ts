import { readFile } from 'node:fs/promises';
import type { BuildOptions, Plugin } from 'esbuild';
import { withClassNames } from './class-names.js';

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

/** How a program and the packages that it uses become a few files. */
export const BUNDLING = {
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
  logLevel: 'warning',
} satisfies BuildOptions;
