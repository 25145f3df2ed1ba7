/** The package's `exports` hide its types from ES modules. These are the parts that the tests use. */
declare module '@signalwire/compatibility-api' {
  interface SdkRequest {
    uri: string;
  }

  interface SdkResponse {
    statusCode: number;
    body: unknown;
    headers: unknown;
  }

  interface SdkHttpClient {
    request(options: SdkRequest): Promise<SdkResponse>;
  }

  interface CallInstance {
    sid: string;
    accountSid: string;
    status: string;
    direction: string;
    from: string;
    to: string;
    duration: number;
    dateCreated: Date;
    startTime: Date;
    endTime: Date | null;
    uri: string;
  }

  interface CallUpdate {
    url?: string;
    method?: string;
    fallbackUrl?: string;
    status?: string;
  }

  interface Client {
    calls(sid: string): {
      fetch(): Promise<CallInstance>;
      update(options: CallUpdate): Promise<CallInstance>;
    };
  }

  interface VoiceResponse {
    stop(): { stream(attributes: { name: string }): unknown };
    say(message: string): unknown;
    toString(): string;
  }

  export const RestClient: {
    readonly LaML: { readonly VoiceResponse: new () => VoiceResponse };
    (
      projectId: string,
      apiToken: string,
      options: { signalwireSpaceUrl: string; httpClient: SdkHttpClient },
    ): Client;
    readonly RequestClient: new () => SdkHttpClient;
    validateRequest(key: string, signature: string, url: string, params: Record<string, string>): boolean;
  };
}
