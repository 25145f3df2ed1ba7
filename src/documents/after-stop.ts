/** What a document has the call do after the stop: what the template says, the `then` verbs, or nothing. */
export type AfterStop = 'template' | 'then' | 'nothing';

/** What a link asks for, and what is known when it is fetched. */
export interface LinkFetch {
  readonly isFallback: boolean;
  /** Whether this process has already served the fallback of the same attempt. */
  readonly wasFallbackServed: boolean;
  /** `unusable`: it is gone, or it does not become a stop document of the link's streams. */
  readonly template: 'none' | 'usable' | 'unusable';
}

/**
 * What the document of a link has the call do after the stop; null for no document, so that SignalWire goes to the
 * fallback. A fallback says everything once: if SignalWire also goes there when an address in the document fails, which
 * it does not document, a dead redirect would otherwise send the call round and round.
 */
export function afterStop({ isFallback, wasFallbackServed, template }: LinkFetch): AfterStop | null {
  if (isFallback && wasFallbackServed) return 'nothing';
  if (template === 'usable') return 'template';
  return template === 'none' || isFallback ? 'then' : null;
}
