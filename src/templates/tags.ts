import { cut } from '../platform/http/cut.js';

/** The tags of a template, by what they do. */
export interface Tags {
  /** The variables whose values are shown. */
  readonly shown: ReadonlySet<string>;
  /** The variables that a section asks for. */
  readonly asked: ReadonlySet<string>;
  /** What is outside of the subset that a template may use. */
  readonly faults: readonly string[];
}

const TAG = /\{\{\{?([^]*?)\}\}\}?/g;

/** A comment that begins with `--` would go on past the first `}}` for Handlebars, and for no other engine. */
const COMMENT = /^!(?!--)/;
const VARIABLE = /^([#^/]?)\s*([A-Za-z]\w{0,63})\s*$/;

/** Words that Handlebars takes for something else than a variable. */
const WORDS_OF_HANDLEBARS = new Set(['else', 'this', 'true', 'false', 'null', 'undefined']);

const SHOWN_LENGTH = 60;

/**
 * Mustache (https://mustache.github.io/mustache.5.html) less what is no use in a document or lets a caller's value
 * become part of it: variables, sections, inverted sections and comments are left. What Handlebars adds is refused too,
 * so that a template means the same in an XML Bin.
 */
export function tagsOf(text: string): Tags {
  const shown = new Set<string>();
  const asked = new Set<string>();
  const faults: string[] = [];
  for (const { 0: tag, 1: content = '', index } of text.matchAll(TAG)) {
    const fault = faultIn(tag, content);
    const [, kind = '', name = ''] = VARIABLE.exec(content) ?? [];
    if (fault !== null || text[index - 1] === '\\') {
      const line = text.slice(0, index).split('\n').length;
      faults.push(
        `line ${line}: ${cut(tag, SHOWN_LENGTH)} ${fault ?? 'has a backslash before it; remove that'}`,
      );
    } else if (name !== '') {
      (kind === '' ? shown : asked).add(name);
    }
  }
  return { shown, asked, faults };
}

function faultIn(tag: string, content: string): string | null {
  if (tag.startsWith('{{{') || content.startsWith('&'))
    return 'switches escaping off; write {{NAME}}, whose value is escaped';
  if (COMMENT.test(content)) return null;
  const name = VARIABLE.exec(content)?.[2];
  return name === undefined || WORDS_OF_HANDLEBARS.has(name)
    ? 'is not taken: only {{NAME}}, {{#NAME}}…{{/NAME}}, {{^NAME}}…{{/NAME}} and {{! comments }} are, NAME being ' +
        '1 to 64 letters, digits or _ that begin with a letter'
    : null;
}
