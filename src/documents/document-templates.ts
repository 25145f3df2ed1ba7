import { Injectable, Logger, NotFoundException } from '@nestjs/common';
import type { LinkClaims } from '../links/link-token.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { STREAM_NAME_VARIABLE } from '../templates/names.js';
import type { RenderedDocument } from '../templates/template.js';
import { Templates } from '../templates/templates.js';
import { UnfitDocumentError } from '../templates/templates.errors.js';

/** Fills templates in for SignalWire, with what its requests bring. */
@Injectable()
export class DocumentTemplates {
  private readonly logger = new Logger(DocumentTemplates.name);

  constructor(
    private readonly templates: Templates,
    private readonly metrics: Metrics,
  ) {}

  has(name: string): boolean {
    return this.templates.get(name) !== undefined;
  }

  /**
   * Null where the template does not become a stop document with these values.
   *
   * @param parameters of a name that comes more than once, the first value counts
   * @param about goes into the log
   * @param onUnfit is told why it is null; unless given, that is logged as an error and counted
   * @throws {NotFoundException} there is no such template
   */
  render(
    name: string,
    parameters: Iterable<readonly [string, string]>,
    about: object,
    onUnfit: (reason: string) => void = (reason) => this.failed(name, reason, about),
  ): RenderedDocument | null {
    const template = this.templates.get(name);
    if (template === undefined) {
      this.metrics.documents.inc({ result: 'not_found' });
      throw new NotFoundException();
    }
    try {
      return template.render(new Map([...parameters].toReversed()));
    } catch (error) {
      if (!(error instanceof UnfitDocumentError)) throw error;
      onUnfit(error.message);
      return null;
    }
  }

  /**
   * The document of a link: null also where it does not stop what the link is about.
   *
   * @throws {NotFoundException} there is no such template any more, which is logged and counted like any failure of it
   */
  ofLink(
    name: string,
    { callSid, stops }: Pick<LinkClaims, 'callSid' | 'stops'>,
    parameters: Iterable<readonly [string, string]>,
  ): string | null {
    const streamNames = stops.map(({ streamName }) => streamName);
    const about = { callSid, cancellationIds: stops.map(({ cancellationId }) => cancellationId) };
    if (this.templates.get(name) === undefined) {
      this.failed(name, 'there is no such template any more', about);
      throw new NotFoundException();
    }
    const own = [
      [STREAM_NAME_VARIABLE, streamNames[0] ?? ''],
      ['CallSid', callSid],
    ] as const;
    const document = this.render(name, [...own, ...parameters], about);
    if (document === null) return null;
    const stopsAll = streamNames.every((streamName) => document.streamNames.includes(streamName));
    return stopsAll ? document.xml : this.failed(name, 'it stops other streams', about);
  }

  private failed(template: string, reason: string, about: object): null {
    this.metrics.documents.inc({ result: 'template_failed' });
    this.logger.error('a template was not filled in', { template, reason, ...about });
    return null;
  }
}
