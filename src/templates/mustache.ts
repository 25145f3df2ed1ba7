import Handlebars from 'handlebars';
import type { HelperOptions } from 'handlebars';
import { cut } from '../platform/http/cut.js';
import { illegalXmlCharacter } from '../platform/validation/is-xml-text.js';
import { placeOf, putInPlaces } from './places.js';
import { tagsOf } from './tags.js';
import { UnfitDocumentError, UnfitTemplateError } from './templates.errors.js';

const SHOWN_LENGTH = 200;

/** More than any value that SignalWire's requests are documented to bring. */
const MAX_VALUE_LENGTH = 2048;

/** A text with places to be filled in. */
export interface Mustache {
  /** The variables whose values are shown. */
  readonly shown: ReadonlySet<string>;
  /** The variables that a section asks for. */
  readonly asked: ReadonlySet<string>;
  /**
   * The text with the values filled in, escaped as `putInPlaces` of `places.ts` does it.
   *
   * @throws {UnfitDocumentError} a value that is to be shown is missing, too long, or XML cannot carry it; or it stands
   *   where nothing can be escaped, or the whole becomes too long
   */
  fill(values: ReadonlyMap<string, string>): string;
}

/** Handlebars without its helpers, so that every name is a variable's; of them, only a section's may be missing. */
const engine = Handlebars.create();
const HELPERS = Object.keys(engine.helpers);
for (const name of HELPERS) engine.unregisterHelper(name);

/** The compiler knows them by heart. */
const knownHelpers = Object.fromEntries(HELPERS.map((name) => [name, false]));

engine.registerHelper(
  'helperMissing',
  ({ name, fn }: HelperOptions & { readonly name: string }): undefined => {
    if (fn === undefined) throw new UnfitDocumentError(`the request brings no ${name}`, name);
  },
);

/** A section is there where its variable has a value, and leaves all variables as they are. */
engine.registerHelper('blockHelperMissing', function (this: unknown, value: unknown, options: HelperOptions) {
  const isThere = value instanceof Handlebars.SafeString && value.toString() !== '';
  return isThere ? options.fn(this) : options.inverse(this);
});

/** @throws {UnfitTemplateError} the text is no Mustache, or outside of the subset that is taken */
export function compileMustache(text: string): Mustache {
  const illegal = illegalXmlCharacter(text);
  if (illegal !== null)
    throw new UnfitTemplateError([`has the character ${illegal}, which XML 1.0 cannot carry`]);
  const { shown, asked, faults } = tagsOf(text);
  if (faults.length > 0) throw new UnfitTemplateError(faults);
  const fill = engine.compile(parsed(text), { data: false, knownHelpers });
  return {
    shown,
    asked,
    fill: (values) => {
      const context = Object.create(null) as Record<string, unknown>;
      for (const name of [...asked, ...shown]) {
        const value = values.get(name);
        if (value === undefined) continue;
        if (shown.has(name)) rejectValue(name, value);
        context[name] = new Handlebars.SafeString(value === '' ? '' : placeOf(name));
      }
      return putInPlaces(fill(context), values);
    },
  };
}

/** @throws {UnfitDocumentError} */
function rejectValue(name: string, value: string): void {
  const illegal = illegalXmlCharacter(value);
  if (value.length > MAX_VALUE_LENGTH)
    throw new UnfitDocumentError(`the value of ${name} is longer than ${MAX_VALUE_LENGTH} characters`);
  if (illegal !== null)
    throw new UnfitDocumentError(
      `the value of ${name} has the character ${illegal}, which XML 1.0 cannot carry`,
    );
}

function parsed(text: string): hbs.AST.Program {
  try {
    return Handlebars.parse(text);
  } catch (cause) {
    // The lines between show the place by columns, which is lost in a log.
    const lines = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    const message = [...new Set([lines.at(0), lines.at(-1)])].join(' ');
    throw new UnfitTemplateError([`is no Mustache: ${cut(message, SHOWN_LENGTH)}`]);
  }
}
