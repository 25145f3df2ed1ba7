import { RestClient } from '@signalwire/compatibility-api';
import twilio from 'twilio';
import type { Simulator } from '../../../src/simulator/simulator.js';

interface CallValues {
  readonly sid: string;
  readonly accountSid: string;
  readonly status: string;
  readonly direction: string;
  readonly from: string;
  readonly to: string;
  readonly dateCreated: Date;
  readonly startTime: Date;
  readonly endTime: Date | null;
}

/** The operations that both official clients share. */
export interface OfficialClient {
  fetch(sid: string): Promise<CallValues>;
  update(
    sid: string,
    options: { url?: string; method?: string; status?: 'canceled' | 'completed' },
  ): Promise<CallValues>;
}

export interface Credentials {
  readonly projectId: string;
  readonly apiToken: string;
}

/** The SDKs require https and their own host. Replacing only the origin keeps the rest of the request unchanged. */
const atOrigin = (uri: string, origin: string): string => `${origin}${uri.slice(new URL(uri).origin.length)}`;

function signalwireClient(simulator: Simulator, { projectId, apiToken }: Credentials): OfficialClient {
  const http = new RestClient.RequestClient();
  const client = RestClient(projectId, apiToken, {
    signalwireSpaceUrl: 'example.signalwire.com',
    httpClient: {
      request: (options) => http.request({ ...options, uri: atOrigin(options.uri, simulator.url) }),
    },
  });
  return {
    fetch: (sid) => client.calls(sid).fetch(),
    update: (sid, options) => client.calls(sid).update(options),
  };
}

class RedirectedRequestClient extends twilio.RequestClient {
  constructor(private readonly origin: string) {
    super();
  }

  override request<T>(options: Parameters<typeof twilio.RequestClient.prototype.request<T>>[0]) {
    return super.request<T>({ ...options, uri: atOrigin(options.uri, this.origin) });
  }
}

function twilioClient(simulator: Simulator, { projectId, apiToken }: Credentials): OfficialClient {
  const client = twilio(`AC${projectId}`, apiToken, {
    httpClient: new RedirectedRequestClient(simulator.url),
  });
  // SignalWire's ids lack the prefix that the constructor requires. SignalWire's own SDK does the same.
  client.username = projectId;
  client.accountSid = projectId;
  return {
    fetch: (sid) => client.calls(sid).fetch(),
    update: (sid, options) => client.calls(sid).update(options),
  };
}

export const OFFICIAL_CLIENTS = [
  { name: '@signalwire/compatibility-api', connect: signalwireClient },
  { name: 'twilio', connect: twilioClient },
] as const;
