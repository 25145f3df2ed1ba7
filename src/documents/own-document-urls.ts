import { Injectable, Logger } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import type { Project } from '../projects/project.js';
import { Projects } from '../projects/projects.js';

/** How many names a log line holds. */
const NAMES_SHOWN = 20;

/**
 * Warns at startup and after each reload of projects whose document URL points to `PUBLIC_PORT` although they have no
 * signing key: SignalWire's requests are then unverified, and beyond the allowance they are refused.
 */
@Injectable()
export class OwnDocumentUrls implements OnModuleInit {
  private readonly logger = new Logger(OwnDocumentUrls.name);

  constructor(
    private readonly environment: ServiceEnvironment,
    private readonly projects: Projects,
  ) {}

  onModuleInit(): void {
    this.warn();
    this.projects.onReload(() => this.warn());
  }

  private warn(): void {
    const { PUBLIC_URL, FALLBACK_URL = PUBLIC_URL, SOURCE_REQUESTS_PER_MINUTE } = this.environment;
    const names = unverifiedOwn(this.projects.all(), [PUBLIC_URL, FALLBACK_URL]);
    if (names.length === 0) return;
    this.logger.warn(
      'DOCUMENT_URL points to PUBLIC_URL without a signing key: beyond SOURCE_REQUESTS_PER_MINUTE SignalWire gets 429',
      { SOURCE_REQUESTS_PER_MINUTE, projects: names.slice(0, NAMES_SHOWN), total: names.length },
    );
  }
}

/** The names of the projects without a signing key whose document URL is below one of `publicUrls`. */
export function unverifiedOwn(
  projects: readonly Pick<Project, 'name' | 'documentUrl' | 'signingKeys'>[],
  publicUrls: readonly string[],
): string[] {
  const bases = publicUrls.map((url) => `${addressOf(url).replace(/\/$/, '')}/laml/`);
  const isOwn = (url: string) => bases.some((base) => addressOf(url).startsWith(base));
  return projects
    .filter(
      ({ documentUrl, signingKeys }) =>
        signingKeys.length === 0 && documentUrl !== null && isOwn(documentUrl),
    )
    .map(({ name }) => name);
}

/** Origin and path, as `URL` normalizes them. */
function addressOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
