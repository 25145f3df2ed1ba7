import { ForbiddenException, Injectable, Logger } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ServiceEnvironment } from '../config/service.environment.js';
import { Metrics } from '../monitoring/metrics.js';
import type { Project } from '../projects/project.js';
import { Projects } from '../projects/projects.js';
import { requiredKeys } from './required-keys.js';
import { formOf, senderOf } from './sender.js';
import { isSigned } from './signature.js';
import { StopLinks } from './stop-links.js';

type DocumentRequest = FastifyRequest<{ Params: { token?: string } }>;

/**
 * Lets in what SignalWire signed. A request is verified with the keys of its project: the one in a genuine link, else
 * the one that `AccountSid` names. Where that is none, a key of any project will do, so that nobody learns which links
 * and accounts there are; but where some project has no keys, an unsigned request can be that one's, and passes.
 */
@Injectable()
export class SignatureGuard implements CanActivate {
  private readonly logger = new Logger(SignatureGuard.name);
  private readonly origins: readonly string[];

  constructor(
    { PUBLIC_URL, FALLBACK_URL = PUBLIC_URL }: ServiceEnvironment,
    private readonly projects: Projects,
    private readonly links: StopLinks,
    private readonly metrics: Metrics,
  ) {
    this.origins = [PUBLIC_URL, FALLBACK_URL];
  }

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<DocumentRequest>();
    const project = this.projectOf(request);
    const keys = requiredKeys(project === undefined ? this.projects.all() : [project]);
    if (keys === null || isSigned(this.asSigned(request), keys)) return true;
    this.metrics.signaturesRefused.inc();
    this.logger.warn('a request without a right signature was refused', {
      route: request.routeOptions.url,
      project: project?.name,
    });
    throw new ForbiddenException();
  }

  private projectOf(request: DocumentRequest): Project | undefined {
    const { token } = request.params;
    const claims = token === undefined ? null : this.links.read(token);
    return claims === null ? senderOf(request, this.projects) : this.projects.get(claims.project);
  }

  private asSigned(request: DocumentRequest) {
    const { url, headers } = request;
    const signature = String(headers['x-signalwire-signature'] ?? headers['x-twilio-signature'] ?? '');
    return { urls: this.origins.map((origin) => origin + url), form: formOf(request), signature };
  }
}
