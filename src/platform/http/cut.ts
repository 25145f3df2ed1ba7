/** `text` with what goes beyond `max` characters left out: a long input is not to become a long answer. */
export const cut = (text: string, max: number): string =>
  text.length > max ? `${text.slice(0, max - 3)}...` : text;
