import { Injectable, Logger } from '@nestjs/common';
import { endsCall } from '../cxml/ends-call.js';
import { stopDocument } from '../cxml/stop-document.js';
import type { LinkClaims } from '../links/link-token.js';
import { STREAM_NAME_VARIABLE } from '../templates/names.js';
import { TemplateRenderError } from '../templates/templates.errors.js';
import { Templates } from '../templates/templates.js';
import { afterStop } from './after-stop.js';
import type { AfterStop } from './after-stop.js';
import { DocumentsMetrics } from './documents.metrics.js';
import { ServedFallbacks } from './served-fallbacks.js';

/** A document that stops all streams of its link. */
export interface LinkDocument {
  readonly xml: string;
  readonly next: AfterStop;
  /** Whether the call runs out of verbs after it, and ends. */
  readonly endsCall: boolean;
}

type Values = ReadonlyMap<string, string>;

/** Makes the documents of signed links. */
@Injectable()
export class LinkDocuments {
  private readonly logger = new Logger(LinkDocuments.name);

  constructor(
    private readonly templates: Templates,
    private readonly fallbacks: ServedFallbacks,
    private readonly metrics: DocumentsMetrics,
  ) {}

  /**
   * Null if the link's template cannot be used, so that SignalWire goes to the fallback.
   *
   * @param values reads the parameters of SignalWire's request, which only templates need
   */
  of(link: LinkClaims, values: () => Values): LinkDocument | null {
    const { isFallback = false, then } = link;
    const isTemplate = 'template' in then;
    const rendered = isTemplate ? this.render(then.template, link, values()) : null;
    const next = afterStop({
      isFallback,
      wasFallbackServed: this.fallbacks.has(link),
      template: isTemplate ? (rendered === null ? 'unusable' : 'usable') : 'none',
    });
    if (next === null) return null;
    if (next === 'template' && rendered !== null) return { ...rendered, next };
    const verbs = next === 'nothing' ? [] : isTemplate ? then.otherwise : then;
    return { xml: stopDocument(streamNamesOf(link), verbs), next, endsCall: endsCall(verbs) };
  }

  /**
   * Null if the template is gone or does not become a stop document of the link's streams, which is logged and counted.
   */
  private render(name: string, link: LinkClaims, values: Values): Omit<LinkDocument, 'next'> | null {
    const streamNames = streamNamesOf(link);
    const own = [[STREAM_NAME_VARIABLE, streamNames[0] ?? ''] as const, ['CallSid', link.callSid] as const];
    try {
      const template = this.templates.get(name);
      if (template === undefined) throw new TemplateRenderError('the template no longer exists');
      const document = template.render(new Map([...values, ...own]));
      if (!streamNames.every((streamName) => document.streamNames.includes(streamName)))
        throw new TemplateRenderError('it stops other streams');
      return { xml: document.xml, endsCall: document.endsCall };
    } catch (error) {
      if (!(error instanceof TemplateRenderError)) throw error;
      const cancellationIds = link.stops.map(({ cancellationId }) => cancellationId);
      const about = { template: name, reason: error.message, callSid: link.callSid, cancellationIds };
      this.metrics.documents.inc({ result: 'template_failed' });
      this.logger.error('template not usable', about);
      return null;
    }
  }
}

const streamNamesOf = ({ stops }: LinkClaims): string[] => stops.map(({ streamName }) => streamName);
