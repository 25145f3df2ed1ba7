/**
 * What moves a terminal's cursor, begins a new line or turns the order of what follows: C0, DEL and C1, the line and
 * paragraph separators, and the marks of bidirectional text.
 */
const CONTROL = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** The same where JSON has escaped C0 already. */
const CONTROL_IN_JSON = /[\u007F-\u009F\p{Bidi_Control}\u2028\u2029]/gu;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A line of JSON that means the same and has no control character but its line break. */
export const withoutControls = (line: string): string => line.replaceAll(CONTROL_IN_JSON, escaped);

/** A line of JSON whose texts show their control characters, so that readers who decode it write none. */
export const withVisibleControls = (line: string): string => `${JSON.stringify(JSON.parse(line, shown))}\n`;

/** The line breaks of a stack are for readers; what follows them is indented. */
function shown(key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return key === 'stack' ? value.split('\n').map(visible).join('\n') : visible(value);
}

const visible = (text: string): string => text.replaceAll(CONTROL, escaped);
