import Mustache from 'mustache';
import { cut } from '../platform/http/cut.js';
import { illegalXmlCharacter } from '../platform/validation/is-xml-text.js';
import { InvalidTemplateError, TemplateRenderError } from './templates.errors.js';

/** The section that percent-encodes what is in it: `{{#urlEncode}}{{NAME}}{{/urlEncode}}`. */
export const URL_ENCODE = 'urlEncode';

/** More than any parameter that SignalWire documents. */
const MAX_VALUE_LENGTH = 2048;

const MAX_TAG_LENGTH = 60;
const MAX_MESSAGE_LENGTH = 200;
const MAX_FAULTS = 50;
const MAX_DEPTH = 20;

const VARIABLE = /^[A-Za-z]\w{0,63}$/;

/** A token of `Mustache.parse`. The library's own type does not describe nested sections. */
export type Token = readonly [
  kind: string,
  value: string,
  start: number,
  end: number,
  inner?: readonly Token[],
];

const ENTITIES = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
]);

/** For text and for attributes, where a parser would turn white space into blanks. */
const escapeXml = (value: string): string =>
  value.replaceAll(
    /[&<>"'\t\n\r]/g,
    (character) => ENTITIES.get(character) ?? `&#${character.charCodeAt(0)};`,
  );

/** Mustache with one rule added: a variable outside its own section must have a value, which XML can carry. */
class StrictWriter extends Mustache.Writer {
  override escapedValue(
    [kind = '', name = '']: string[],
    context: Mustache.Context,
    config?: Mustache.RenderOptions,
  ): string {
    const value: unknown = context.lookup(name);
    if (typeof value !== 'string') throw new TemplateRenderError(`the request brings no ${name}`);
    if (value.length > MAX_VALUE_LENGTH)
      throw new TemplateRenderError(`the value of ${name} is longer than ${MAX_VALUE_LENGTH} characters`);
    const illegal = illegalXmlCharacter(value);
    if (illegal !== null)
      throw new TemplateRenderError(
        `the value of ${name} has the character ${illegal}, which XML 1.0 cannot carry`,
      );
    return super.escapedValue([kind, name], context, config);
  }
}

/** A template that has been parsed. */
export interface MustacheTemplate {
  readonly tokens: readonly Token[];
  /** @throws {TemplateRenderError} a value is missing, too long, or has a character that XML cannot carry */
  render(values: ReadonlyMap<string, string>): string;
}

/** @throws {InvalidTemplateError} it is not Mustache, or has a tag that would put unescaped text into the document */
export function compileMustache(text: string): MustacheTemplate {
  // It keeps the tokens of what it has rendered, so each template has its own.
  const writer = new StrictWriter();
  const tokens = tokensOf(writer, text);
  const faults = faultsIn(tokens, text);
  if (faults.length > 0) throw new InvalidTemplateError(faults);
  return {
    tokens,
    render: (values) => {
      const view = viewOf(values);
      view[URL_ENCODE] = () => (inner: string) =>
        escapeXml(encodeURIComponent(writer.render(inner, view, {}, { escape: String })));
      return writer.render(text, view, {}, { escape: escapeXml });
    },
  };
}

/** Without a prototype, so that names such as `constructor` are variables like any other. */
const viewOf = (values: ReadonlyMap<string, string>): Record<string, unknown> =>
  Object.assign(Object.create(null) as Record<string, unknown>, Object.fromEntries(values));

function tokensOf(writer: StrictWriter, text: string): readonly Token[] {
  try {
    return writer.parse(text) as readonly Token[];
  } catch (cause) {
    throw new InvalidTemplateError([`is not Mustache: ${cut((cause as Error).message, MAX_MESSAGE_LENGTH)}`]);
  }
}

/** Finds the lines of the first faults alone, because counting lines for thousands of them would take seconds. */
const faultsIn = (tokens: readonly Token[], text: string): string[] =>
  flattened(tokens)
    .flatMap((token) => {
      const fault = faultOf(token);
      return fault === null ? [] : [{ token, fault }];
    })
    .slice(0, MAX_FAULTS)
    .map(({ token: [, , start, end], fault }) => {
      const line = text.slice(0, start).split('\n').length;
      return `line ${line}: ${cut(text.slice(start, end), MAX_TAG_LENGTH)} ${fault}`;
    });

/** Each token before those inside it. @throws {InvalidTemplateError} sections are nested too deeply */
function flattened(tokens: readonly Token[], depth = 0): Token[] {
  if (depth > MAX_DEPTH) throw new InvalidTemplateError([`nests more than ${MAX_DEPTH} sections`]);
  return tokens.flatMap((token) => [
    token,
    ...(Array.isArray(token[4]) ? flattened(token[4] as readonly Token[], depth + 1) : []),
  ]);
}

function faultOf([kind, value]: Token): string | null {
  if (kind === 'text' || kind === '!') return null;
  if (kind === '&') return 'switches escaping off; write {{NAME}}, whose value is escaped';
  const isAllowed = ['name', '#', '^'].includes(kind) && VARIABLE.test(value);
  return isAllowed && (value !== URL_ENCODE || kind === '#')
    ? null
    : 'is not allowed: only {{NAME}}, {{#NAME}}…{{/NAME}}, {{^NAME}}…{{/NAME}} and {{! comments }} are, NAME being ' +
        '1 to 64 letters, digits or _ that begin with a letter';
}
