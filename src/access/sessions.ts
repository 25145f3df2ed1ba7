import { Inject, Injectable } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { isSame } from '../platform/http/is-same.js';
import { ApiKeys } from './api-keys.js';
import type { Caller } from './caller.js';
import { digestOf } from './key-entry.js';
import { csrfTokenOf, readSession, SESSION_MS, sessionKeysOf, signSession } from './session-token.js';
import type { SessionKeys } from './session-token.js';

/** Set by pages of this service alone. */
export const CSRF_HEADER = 'X-CSRF-Token';
export const SESSION_COOKIE = 'streamstop_session';

const COOKIE = new RegExp(`(?:^|;)\\s*${SESSION_COOKIE}=([^;\\s]*)`);

/** What a browser's cookie stands for. */
export interface Session {
  readonly caller: Caller;
  readonly csrfToken: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set if the request is authorised by a session rather than by a key. */
    session?: Session;
  }
}

/**
 * The sessions of the operators' page. They are kept in the cookie alone, so that every process knows them, and are as
 * good as the key that they were opened with.
 */
@Injectable()
export class Sessions {
  private readonly keys: SessionKeys;

  constructor(
    private readonly apiKeys: ApiKeys,
    @Inject(ServiceEnvironment)
    private readonly environment: Pick<ServiceEnvironment, 'LINK_SECRET' | 'BASE_PATH'>,
  ) {
    this.keys = sessionKeysOf(environment.LINK_SECRET);
  }

  /**
   * Opens a session for a valid key.
   *
   * @param isSecure whether the browser uses https
   * @returns the header `Set-Cookie`
   */
  open(apiKey: string, isSecure: boolean): string {
    const claims = { keyDigest: digestOf(apiKey), expiresAt: Date.now() + SESSION_MS };
    return this.cookie(signSession(claims, this.keys), SESSION_MS / 1000, isSecure);
  }

  /** The header `Set-Cookie` that makes the browser forget its session. */
  close(): string {
    return this.cookie('', 0, false);
  }

  /**
   * Null if there is none, or if it has expired or its key is no longer valid.
   *
   * @param cookies the header `Cookie`
   */
  find(cookies: string | undefined): Session | null {
    const [, token = ''] = COOKIE.exec(cookies ?? '') ?? [];
    const claims = token === '' ? null : readSession(token, this.keys, Date.now());
    const caller = claims && this.apiKeys.withDigest(claims.keyDigest);
    return caller && { caller, csrfToken: csrfTokenOf(token, this.keys) };
  }

  private cookie(value: string, maxAgeSeconds: number, isSecure: boolean): string {
    const path = this.environment.BASE_PATH ?? '/';
    const attributes = `Max-Age=${maxAgeSeconds}; Path=${path}; HttpOnly; SameSite=Strict`;
    return `${SESSION_COOKIE}=${value}; ${attributes}${isSecure ? '; Secure' : ''}`;
  }
}

const READS = new Set(['GET', 'HEAD']);

/** Whether a request may do what it asks for in the name of its session. */
export const hasCsrfToken = (method: string, { csrfToken }: Session, given: unknown): boolean =>
  READS.has(method) || (typeof given === 'string' && isSame(given, csrfToken));
