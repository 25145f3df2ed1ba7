import type { Project } from '../projects/project.js';
import type { CancellationData } from './data.js';

/** Where SignalWire fetches a cancellation's stop document: of verbs or a template here, or at somebody else's. */
export type DocumentSource =
  | { readonly kind: 'verbs' }
  | { readonly kind: 'template'; readonly template: string }
  | { readonly kind: 'foreign'; readonly documentUrl: string };

type Source = Pick<CancellationData, 'template' | 'documentUrl'>;
type Asked = Source & Pick<CancellationData, 'isThenRequested'>;

/**
 * What the request named comes before what the project is configured for: its `then` makes the document ours, unless it
 * named a document elsewhere too, whose fallback it is then.
 */
export function documentSourceOf(
  { documentUrl }: Pick<Project, 'documentUrl'>,
  asked: Asked,
): DocumentSource {
  if (asked.template) return { kind: 'template', template: asked.template };
  const foreign = asked.documentUrl ?? (asked.isThenRequested === true ? null : documentUrl);
  return foreign === null ? { kind: 'verbs' } : { kind: 'foreign', documentUrl: foreign };
}

/** Whether the request named a document that stops its own stream and no other. */
export const asksForSource = ({ template, documentUrl }: Source): boolean => Boolean(template ?? documentUrl);
