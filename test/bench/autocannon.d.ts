/** The parts of https://github.com/mcollina/autocannon#api that are used here; the package has no types. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events';

  export interface Request {
    readonly method?: string;
    readonly path?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly setupRequest?: (request: Request) => Request;
  }

  /** One connection. */
  export interface Client {
    setRequests(requests: readonly Request[]): void;
  }

  export interface Options {
    readonly url: string;
    readonly connections: number;
    readonly duration?: number;
    readonly amount?: number;
    readonly requests?: readonly Request[];
    readonly setupClient?: (client: Client) => void;
    readonly excludeErrorStats?: boolean;
  }

  export interface Result {
    readonly errors: number;
    readonly non2xx: number;
  }

  /** Emits `response` with the client, the status, the bytes and the time to the answer in ms. */
  export interface Instance extends EventEmitter, PromiseLike<Result> {}

  export default function autocannon(options: Options): Instance;
}
