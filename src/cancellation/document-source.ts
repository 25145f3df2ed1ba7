import type { CancellationData } from './data.js';

/**
 * Where SignalWire fetches a cancellation's stop document: here, made of verbs or a template; or on somebody else's
 * server.
 */
export type DocumentSource =
  | { readonly kind: 'verbs' }
  | { readonly kind: 'template'; readonly template: string }
  | { readonly kind: 'foreign'; readonly documentUrl: string };

type Source = Pick<CancellationData, 'template' | 'documentUrl'>;
type Requested = Source & Pick<CancellationData, 'isThenRequested'>;

/**
 * The request comes before the project's configuration. A requested `then` makes the document ours, unless the request
 * also names a document elsewhere; `then` is that document's fallback.
 */
export function documentSourceOf(
  { documentUrl }: { readonly documentUrl: string | null },
  requested: Requested,
): DocumentSource {
  if (requested.template) return { kind: 'template', template: requested.template };
  const foreign = requested.documentUrl ?? (requested.isThenRequested === true ? null : documentUrl);
  return foreign === null ? { kind: 'verbs' } : { kind: 'foreign', documentUrl: foreign };
}

/** Whether the request named a document of its own, which stops no other stream. */
export const asksForSource = ({ template, documentUrl }: Source): boolean => Boolean(template ?? documentUrl);
