import { ForbiddenException, Injectable, Logger } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import type { Project } from '../../projects/project.js';
import { Projects } from '../../projects/projects.js';
import { Edge } from './edge.js';
import { RareLine } from '../../platform/logging/rare-line.js';
import { requiredKeys } from './required-keys.js';
import { bodyOf, senderOf, signatureOf } from './sender.js';
import { isSigned } from './signature.js';
import { sourceOf } from './source.js';
import { STREAM_STATUS_PATH } from '../../links/stop-links.js';

/**
 * Lets in what SignalWire signed, on every route of `PUBLIC_PORT`. A request is verified with the keys of its project:
 * the one in a genuine link, else the one that `AccountSid` names. Where that is none, the keys of the first project are
 * taken, so that nobody learns which links and accounts there are; but where some project has no keys, an unsigned
 * request can be that one's, and passes.
 */
@Injectable()
export class SignatureGuard implements CanActivate {
  private readonly origins: readonly string[];
  private readonly refused = new RareLine(
    new Logger(SignatureGuard.name),
    'warn',
    'a request without a right signature was refused',
  );

  constructor(
    { PUBLIC_URL, FALLBACK_URL = PUBLIC_URL }: ServiceEnvironment,
    private readonly projects: Projects,
    private readonly edge: Edge,
    private readonly metrics: Metrics,
  ) {
    this.origins = [PUBLIC_URL, FALLBACK_URL];
  }

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const project = this.projectOf(request);
    const { keys, isOpen } = requiredKeys(project, this.projects.all());
    if ((isOpen && request.link !== null) || this.isSigned(request, keys)) {
      request.standing = 'genuine';
      return true;
    }
    return this.admitStranger(request, project, isOpen);
  }

  private async admitStranger(
    request: FastifyRequest,
    project: Project | undefined,
    isOpen: boolean,
  ): Promise<boolean> {
    await this.edge.demand(request, 'stranger');
    if (!isOpen) this.refuse(request, project);
    if (isPlausible(request, project)) await this.edge.demand(request, 'plausible');
    request.standing = isPlausible(request, project) ? 'plausible' : 'open';
    return true;
  }

  private projectOf(request: FastifyRequest): Project | undefined {
    return request.link === null ? senderOf(request, this.projects) : this.projects.get(request.link.project);
  }

  private isSigned(request: FastifyRequest, keys: readonly string[]): boolean {
    const signature = signatureOf(request);
    if (signature === '') return false;
    const { fields: form, raw: body } = bodyOf(request);
    const urls = this.origins.map((origin) => origin + request.url);
    return isSigned({ urls, form, body, signature }, keys);
  }

  private refuse(request: FastifyRequest, project: Project | undefined): never {
    this.metrics.signaturesRefused.inc();
    const { method, ip, routeOptions } = request;
    this.refused.write({ route: routeOptions.url, method, project: project?.name, source: sourceOf(ip) });
    throw new ForbiddenException();
  }
}

/** A status callback changes something only in the name of a project of ours, which few can know. */
const isPlausible = ({ routeOptions }: FastifyRequest, project: Project | undefined): boolean =>
  routeOptions.url === STREAM_STATUS_PATH && project !== undefined;
