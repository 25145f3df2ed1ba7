import { Injectable, NotFoundException } from '@nestjs/common';
import { DocumentTemplates } from './document-templates.js';
import { handoverOf } from '../cxml/handover.js';
import type { LinkClaims } from '../links/link-token.js';
import { ServedDocuments } from './served-documents.js';
import type { NextStep } from './served-documents.js';
import { stopDocument } from '../cxml/stop-document.js';
import type { Verb } from '../cxml/verbs.js';

/** A document that stops all that its link is about. */
export interface LinkDocument {
  readonly xml: string;
  readonly next: NextStep;
}

/** What SignalWire's request brings, which only a template asks for. */
type Parameters = () => Iterable<readonly [string, string]>;

/**
 * The documents of signed links. SignalWire documents `FallbackUrl` for a `Url` that fails; whether it also goes there
 * where an address further on fails, of a `<Redirect>` or a dial's action, it does not say
 * (https://signalwire.com/docs/compatibility-api/rest/calls/update-a-call). If it does, a fallback that said the same once
 * more would lead to the same failure again, and so on until the link expires: what was served is not served twice.
 */
@Injectable()
export class LinkDocuments {
  constructor(
    private readonly templates: DocumentTemplates,
    private readonly served: ServedDocuments,
  ) {}

  /**
   * Null where a template does not become a document that stops all of the link's streams.
   *
   * @throws {NotFoundException} the template is gone, so that SignalWire goes to the fallback
   */
  of(link: LinkClaims, parameters: Parameters): LinkDocument | null {
    if (link.isFallback === true) return this.ofFallback(link, parameters);
    return 'template' in link.then ? this.ofTemplate(link, parameters) : ofVerbs(link, 'then', link.then);
  }

  private ofFallback(link: LinkClaims, parameters: Parameters): LinkDocument {
    const last = this.served.of(link);
    const template = last === undefined ? this.ofTemplateIfAny(link, parameters) : null;
    if (template !== null) return template;
    const then = 'template' in link.then ? link.then.otherwise : link.then;
    if (last === undefined || last === 'template') return ofVerbs(link, 'then', then);
    const handover = last === 'then' ? handoverOf(then) : [];
    return ofVerbs(link, handover.length > 0 ? 'handover' : 'nothing', handover);
  }

  private ofTemplateIfAny(link: LinkClaims, parameters: Parameters): LinkDocument | null {
    try {
      return this.ofTemplate(link, parameters);
    } catch (error) {
      if (error instanceof NotFoundException) return null;
      throw error;
    }
  }

  private ofTemplate(link: LinkClaims, parameters: Parameters): LinkDocument | null {
    if (!('template' in link.then)) return null;
    const xml = this.templates.ofLink(link.then.template, link, parameters());
    return xml === null ? null : { xml, next: 'template' };
  }
}

const ofVerbs = ({ stops }: LinkClaims, next: NextStep, then: readonly Verb[]): LinkDocument => ({
  xml: stopDocument(
    stops.map(({ streamName }) => streamName),
    then,
  ),
  next,
});
