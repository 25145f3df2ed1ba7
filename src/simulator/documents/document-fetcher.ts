import { Inject, Injectable } from '@nestjs/common';
import type { Call } from '../calls/call.js';
import { CallsService } from '../calls/calls.service.js';
import { FetchError } from '../outgoing/fetch-error.js';
import { OutgoingRequest } from '../outgoing/outgoing-request.js';
import type { OutgoingReply } from '../outgoing/outgoing-request.js';
import { SIMULATOR_CONFIG } from '../simulator.config.js';
import type { SimulatorConfig } from '../simulator.config.js';
import { readDocument } from './document.js';
import type { Verb } from './document.js';
import type { DocumentRequest } from './document-request.js';

export interface Document {
  readonly verbs: readonly Verb[];
  /** Where it came from, after redirects: relative addresses in it start there. */
  readonly url: string;
}

/** Fetches one document and writes the fetch into the call's book. */
@Injectable()
export class DocumentFetcher {
  constructor(
    private readonly calls: CallsService,
    private readonly outgoing: OutgoingRequest,
    @Inject(SIMULATOR_CONFIG) private readonly config: SimulatorConfig,
  ) {}

  /** @returns null where the fetch failed in whatever way; the reason stands in the call's `fetches` */
  async fetch(call: Call, request: DocumentRequest, signal: AbortSignal): Promise<Document | null> {
    const startedAt = new Date();
    const params = { ...documentParams(call, this.config.projectId), ...request.params };
    let reply: OutgoingReply | undefined;
    let document: Document | null = null;
    let error: FetchError | null = null;
    try {
      reply = await this.outgoing.send(request.url, request.method, params, signal);
      document = { verbs: verbsOf(reply), url: reply.url };
    } catch (thrown) {
      if (!(thrown instanceof FetchError) && !signal.aborted) throw thrown;
      error =
        thrown instanceof FetchError ? thrown : new FetchError(null, 'Abandoned: the document was replaced');
    }
    this.calls.recordFetch(call, { request, startedAt, reply, error });
    return document;
  }
}

/** A 4xx or 5xx is 11217; that every other status but 2xx counts as one is our reading. */
function verbsOf(reply: OutgoingReply): Verb[] {
  if (reply.status < 200 || reply.status > 299) {
    throw new FetchError(11217, `The server answered ${reply.status}`);
  }
  return readDocument(reply.body, reply.contentType);
}

/** The parameters of every request: "Request parameters" on SignalWire's cXML overview page. */
function documentParams(call: Call, accountSid: string): Record<string, string> {
  return {
    AccountSid: accountSid,
    ApiVersion: '2010-04-01',
    CallSid: call.sid,
    CallStatus: call.status,
    Direction: call.direction,
    From: call.from,
    To: call.to,
  };
}
