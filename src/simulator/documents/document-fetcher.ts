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
  /** The address after redirects, and the base of relative addresses in the document. */
  readonly url: string;
}

/** Fetches a document and records the fetch in the call. */
@Injectable()
export class DocumentFetcher {
  constructor(
    private readonly calls: CallsService,
    private readonly outgoing: OutgoingRequest,
    @Inject(SIMULATOR_CONFIG) private readonly config: SimulatorConfig,
  ) {}

  /** @returns null if the fetch failed; the reason is in the call's `fetches` */
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
        thrown instanceof FetchError
          ? thrown
          : new FetchError(null, 'Aborted: the document was replaced or the call ended');
    }
    this.calls.recordFetch(call, { request, startedAt, reply, error });
    return document;
  }
}

/** SignalWire documents 11217 for 4xx and 5xx. Treating every other non-2xx status alike is our assumption. */
function verbsOf(reply: OutgoingReply): Verb[] {
  if (reply.status < 200 || reply.status > 299) {
    throw new FetchError(11217, `The server responded with status ${reply.status}`);
  }
  return readDocument(reply.body, reply.contentType);
}

/** "Request parameters" on SignalWire's cXML overview page. */
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
