/** At the top of a module, as people and compilers write it; one without a name has that of its variable. */
const CLASS =
  /^(?:export )?(?:(?:default )?|(?:let|const|var) (?<variable>\w+) = (?:\w+ = )?)class(?: (?!extends\b)(?<name>\w+))?\b/gm;

/** Which is no name then. */
const OWN_NAME = /^\s*static (?:get )?name\b/m;

/**
 * The module, whose classes tell their names as they are written there. A bundler gives another one to a class whose name
 * is in use elsewhere, but logs show names, and BullMQ goes by those of errors. esbuild's own `keepNames` would see to each
 * function, each time that it is made, which costs 7 MB and time in every request.
 */
export function withClassNames(module: string): string {
  if (OWN_NAME.test(module)) return module;
  const namings = [...module.matchAll(CLASS)].map(({ groups: { variable, name } = {} }) => {
    const known = variable ?? name;
    return known === undefined
      ? ''
      : // What looks like a class may stand in a text.
        `\nif (typeof ${known} === 'function') Object.defineProperty(${known}, 'name', { value: '${name ?? variable}' });`;
  });
  return module + [...new Set(namings)].join('');
}
