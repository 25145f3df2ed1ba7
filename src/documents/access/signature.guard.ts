import { ForbiddenException, Injectable, Logger, SetMetadata } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { RareLine } from '../../platform/logging/rare-line.js';
import type { Project } from '../../projects/project.js';
import { Projects } from '../../projects/projects.js';
import { DocumentsMetrics } from '../documents.metrics.js';
import { PublicPortHooks } from './public-port.hooks.js';
import { requiredKeys } from './required-keys.js';
import { bodyOf, senderOf, signatureOf } from './signalwire-request.js';
import { isSigned } from './signature.js';
import { sourceOf } from '../../platform/http/source.js';

const UNSIGNED = 'streamstop:unsigned';

/** A route that SignalWire does not use, so that nothing on it is signed. */
export const Unsigned = (): MethodDecorator => SetMetadata(UNSIGNED, true);

/**
 * Verifies signatures on every route of `PUBLIC_PORT`, with the keys of the project in the link or, without a valid
 * link, of the project that `AccountSid` names. `requiredKeys` says what is required of a request without a project.
 */
@Injectable()
export class SignatureGuard implements CanActivate {
  private readonly origins: readonly string[];
  private readonly refused = new RareLine(
    new Logger(SignatureGuard.name),
    'warn',
    'request refused: its signature is missing or wrong',
  );

  constructor(
    { PUBLIC_URL, FALLBACK_URL = PUBLIC_URL }: ServiceEnvironment,
    private readonly projects: Projects,
    private readonly hooks: PublicPortHooks,
    private readonly metrics: DocumentsMetrics,
    private readonly reflector: Reflector,
  ) {
    this.origins = [PUBLIC_URL, FALLBACK_URL];
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (this.reflector.get<boolean | undefined>(UNSIGNED, context.getHandler())) {
      await this.hooks.demand(request);
      request.trust = 'open';
      return true;
    }
    const project = this.projectOf(request);
    const { keys, isOpen } = requiredKeys(project, this.projects.all());
    if ((isOpen && request.link !== null) || this.isSigned(request, keys)) {
      request.trust = 'verified';
      return true;
    }
    await this.hooks.demand(request);
    if (!isOpen) this.refuse(request, project);
    request.trust = 'open';
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
    const { method, routeOptions } = request;
    this.refused.write({
      route: routeOptions.url,
      method,
      project: project?.name,
      source: sourceOf(request),
    });
    throw new ForbiddenException();
  }
}
