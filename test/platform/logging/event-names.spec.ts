import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { documentedEvents } from './fixtures/documented-events.js';

/**
 * What a logger's method is called in the documentation; audits are written at `info` if done, and at `warn` if not.
 */
const LEVELS = { log: 'info', warn: 'warn', error: 'error', fatal: 'fatal', debug: 'debug' } as const;
const AUDITED = ['info', 'warn'];

interface Event {
  /** Null if it is not the same in every line. */
  readonly name: string | null;
  readonly levels: readonly string[];
  readonly at: string;
}

const SERVICE = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !/^(?:simulator|demo)\//.test(file),
);

const sourceOf = (file: string): ts.SourceFile =>
  ts.createSourceFile(file, readFileSync(`src/${file}`, 'utf8'), ts.ScriptTarget.Latest, true);

/** The levels that an expression such as `log` or `isOdd ? 'warn' : 'log'` names. */
function levelsIn(text: string, source: ts.SourceFile): string[] {
  const named = /^\w+$/.exec(text) && !(text in LEVELS) ? initialiserOf(text, source)?.getText() : text;
  const methods = Object.keys(LEVELS).filter((method) =>
    new RegExp(`(?<![\\w])${method}(?![\\w])`).test(named ?? ''),
  );
  return methods.map((method) => LEVELS[method as keyof typeof LEVELS]);
}

function initialiserOf(name: string, source: ts.SourceFile): ts.Expression | undefined {
  let found: ts.Expression | undefined;
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === name) found = node.initializer;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const literal = (node: ts.Node | undefined): string | null =>
  node !== undefined && ts.isStringLiteralLike(node) ? node.text : null;

/** The event that a node writes; undefined if it writes none. */
function eventOf(node: ts.Node, source: ts.SourceFile): Omit<Event, 'at'> | undefined {
  if (ts.isNewExpression(node) && node.expression.getText() === 'RareLine') {
    const [, level, name] = node.arguments ?? [];
    return { name: literal(name), levels: levelsIn(literal(level) ?? '', source) };
  }
  if (!ts.isCallExpression(node)) return undefined;
  const called = node.expression.getText();
  const [first] = node.arguments;
  if (/^this\.(?:audited|act)$/.test(called)) return { name: literal(first), levels: AUDITED };
  if (called === 'audited') {
    const name =
      first !== undefined && ts.isObjectLiteralExpression(first)
        ? first.properties.find((property) => property.name?.getText() === 'name')
        : undefined;
    // `{ name, … }` has been given by name before.
    return name !== undefined && ts.isPropertyAssignment(name)
      ? { name: literal(name.initializer), levels: AUDITED }
      : undefined;
  }
  const method = /(?:[lL]ogger|Logger\([^)]*\))\??(?:\.(\w+)(?:\?\.)?|\[(.+)\])$/s.exec(called);
  if (method === null || (method[1] !== undefined && !(method[1] in LEVELS))) return undefined;
  return { name: literal(first), levels: levelsIn(method[1] ?? method[2] ?? '', source) };
}

function eventsIn(file: string): Event[] {
  const source = sourceOf(file);
  const events: Event[] = [];
  const visit = (node: ts.Node): void => {
    const event = eventOf(node, source);
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    if (event !== undefined) events.push({ ...event, at: `${file}:${line + 1}` });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return events;
}

/** These write what they are given by others. */
const PASS_ON = new Set([
  'platform/logging/audit.ts',
  'platform/logging/rare-line.ts',
  'platform/logging/logger.ts',
]);

const written: Event[] = [
  ...SERVICE.filter((file) => !PASS_ON.has(file)).flatMap(eventsIn),
  // Written without the logger, which has just failed.
  { name: 'log lines were lost', levels: ['error'], at: 'platform/logging/log-output.ts' },
];

describe('the names of events', () => {
  it('are the same in every line, with what differs in fields', () => {
    expect(written.filter(({ name }) => name === null).map(({ at }) => at)).toEqual([]);
    expect(written.length).toBeGreaterThan(60);
  });

  it('are listed in docs/operations.md with their levels, and nothing else is', () => {
    const levelsByName = new Map<string, Set<string>>();
    for (const { name, levels } of written) {
      const known = levelsByName.get(name ?? '') ?? new Set();
      levelsByName.set(name ?? '', new Set([...known, ...levels]));
    }
    const inCode = [...levelsByName].map(
      ([name, levels]) => `${name}: ${[...levels].toSorted().join(' or ')}`,
    );
    const listed = documentedEvents().map(({ name, levels }) => `${name}: ${levels.toSorted().join(' or ')}`);
    expect(listed.toSorted()).toEqual(inCode.toSorted());
  });
});
