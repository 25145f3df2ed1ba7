/** Shortens `text` to `max` characters, so that a long input does not cause a long response. */
export const cut = (text: string, max: number): string =>
  text.length > max ? `${text.slice(0, max - 3)}...` : text;
