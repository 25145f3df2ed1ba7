/**
 * The position of the first character that cannot stand where it does, from 1; one beyond the end where something is
 * missing. Null for valid JSON. The errors of `JSON.parse` name no position for many texts, and show the text, which
 * may be a secret.
 */
export function jsonFaultPosition(text: string): number | null {
  if (isJson(text)) return null;
  for (let length = 1; length <= text.length; length += 1) {
    if (!canBeContinued(text.slice(0, length))) return length;
  }
  return text.length + 1;
}

const isJson = (text: string): boolean => messageOf(text) === null;

/** Whether the error of a text that breaks off is only that it does. */
function canBeContinued(text: string): boolean {
  const message = messageOf(text);
  if (message === null || message.startsWith('Unexpected end')) return true;
  const position = /at position (\d+)/.exec(message)?.[1];
  return position !== undefined && Number(position) >= text.length;
}

function messageOf(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
