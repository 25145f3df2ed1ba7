import type { ServiceEnvironment } from '../config/service.environment.js';
import { documentHostFault } from '../cxml/document-hosts.js';
import { InvalidBodyError } from '../platform/http/invalid-body.error.js';
import type { Project } from '../projects/project.js';
import type { Templates } from '../templates/templates.js';
import type { CancellationData } from './data.js';
import type { CreateCancellationDto } from '../api/create-cancellation.dto.js';

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

/** @throws {InvalidBodyError} there is no such template for the stream, or the document's host is not allowed */
export function requestedSource(
  { template, documentUrl, streamName }: CreateCancellationDto,
  templates: Templates,
  { DOCUMENT_HOSTS }: ServiceEnvironment,
): Source {
  const fault = documentUrl === undefined ? null : documentHostFault(documentUrl, DOCUMENT_HOSTS);
  if (fault !== null) throw new InvalidBodyError([{ field: 'documentUrl', message: fault }]);
  return { template: template && templates.requested(template, streamName ?? null), documentUrl };
}
