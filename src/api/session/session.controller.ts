import { Body, Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { ApiKeys } from '../../access/api-keys.js';
import { SCOPES } from '../../access/caller.js';
import { NeedsKey } from '../../access/needs-scope.js';
import { CSRF_HEADER, Sessions } from '../../access/sessions.js';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { ApiError } from '../../platform/http/problems/api-error.js';
import { sourceOf } from '../../platform/http/source.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { ApiProblems, BODY_PROBLEMS } from '../../problems/api-problems.js';
import { PROBLEMS } from '../../problems/catalogue.js';
import { RefusedRequests } from '../refused-requests.js';
import { Login, SessionView } from './session.dto.js';

const GUESSES_PER_MINUTE = 30;

const SET_COOKIE = {
  'Set-Cookie': { description: 'the cookie of the session', schema: { type: 'string' } },
} as const;

/** Lets a browser use the API without keeping the key. */
@ApiTags('session')
@Controller('session')
export class SessionController {
  private readonly refused: RefusedRequests;
  /** By source, in this process. */
  private readonly guesses = new RateLimiterMemory({ points: GUESSES_PER_MINUTE, duration: 60 });

  constructor(
    private readonly keys: ApiKeys,
    private readonly sessions: Sessions,
    private readonly environment: ServiceEnvironment,
    metrics: Metrics,
  ) {
    this.refused = new RefusedRequests(metrics);
  }

  @Post()
  @ApiOperation({
    operationId: 'openSession',
    summary: 'Opens a session for a browser',
    description: 'Exchanges an API key for a cookie that is valid for 12 hours, or until the key is removed.',
    security: [],
  })
  @HttpCode(204)
  @ApiBody({ type: Login, examples: { key: { summary: 'An API key', value: { apiKey: 'demo-key' } } } })
  @ApiResponse({ status: 204, description: 'the session is open', headers: SET_COOKIE })
  @ApiProblems(...BODY_PROBLEMS, 'unauthorized', 'forbidden', 'no_login', 'too_many_guesses')
  async open(
    @Body() { apiKey }: Login,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    if (!this.keys.areRequired)
      throw new ApiError(
        PROBLEMS.no_login,
        'the service has no API keys, so every request is let in already',
      );
    if (this.keys.find(apiKey) === null) {
      await this.countGuess(request, reply);
      const detail = 'no such API key';
      this.refused.add(request, 'key', detail);
      throw new ApiError(PROBLEMS.unauthorized, detail);
    }
    reply.header('set-cookie', this.sessions.open(apiKey, isByHttps(request)));
  }

  @Get()
  @ApiOperation({
    operationId: 'readSession',
    summary: 'Says who makes the request',
    description: 'Whose session or API key it is, what it may do, and the CSRF token of the session.',
  })
  @NeedsKey()
  @ApiResponse({ status: 200, type: SessionView, description: 'who makes the request' })
  read(
    @Req() { caller, session }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): SessionView {
    reply.header('cache-control', 'no-store');
    return {
      name: caller?.name ?? null,
      scopes: [...(caller?.scopes ?? SCOPES)],
      projects: caller?.projects ? [...caller.projects] : null,
      csrfToken: session?.csrfToken ?? null,
      environmentName: this.environment.ENVIRONMENT_NAME ?? null,
      keysRequired: this.keys.areRequired,
    };
  }

  @Delete()
  @ApiOperation({
    operationId: 'closeSession',
    summary: 'Ends the session of a browser',
    description: 'Makes the browser forget its cookie.',
  })
  @NeedsKey()
  @ApiHeader({ name: CSRF_HEADER, required: false, description: '`csrfToken` of `GET /session`' })
  @HttpCode(204)
  @ApiResponse({ status: 204, description: 'the browser forgets its session', headers: SET_COOKIE })
  @ApiProblems(...BODY_PROBLEMS)
  close(@Res({ passthrough: true }) reply: FastifyReply): void {
    reply.header('set-cookie', this.sessions.close());
  }

  /**
   * Only for a wrong key: behind a proxy that is not trusted, everybody is one source.
   *
   * @throws {ApiError} `too_many_guesses`
   */
  private async countGuess(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const source = sourceOf(request);
    try {
      await this.guesses.consume(source);
    } catch (spent) {
      if (!(spent instanceof RateLimiterRes)) throw spent;
      const seconds = Math.ceil(spent.msBeforeNext / 1000);
      reply.header('retry-after', seconds);
      const detail = `${GUESSES_PER_MINUTE} wrong API keys have come from ${source}; try again in ${seconds} s`;
      this.refused.add(request, 'key', detail);
      throw new ApiError(PROBLEMS.too_many_guesses, detail);
    }
  }
}

/** A browser names its scheme in `Origin`; other clients are known by what a proxy says. */
const isByHttps = ({ headers }: FastifyRequest): boolean =>
  String(headers.origin ?? headers['x-forwarded-proto'] ?? '').startsWith('https');
