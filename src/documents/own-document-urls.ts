import { Injectable, Logger } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import type { Project } from '../projects/project.js';
import { Projects } from '../projects/projects.js';

/** How many names a line of the log holds at most. */
const NAMES_SHOWN = 20;

/**
 * Warns, at the start and after each change, of projects whose `DOCUMENT_URL` leads back to `PUBLIC_PORT` without a signing
 * key: nothing tells SignalWire's fetches from a stranger's then, and beyond the allowance they are refused.
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
      'DOCUMENT_URL leads to PUBLIC_URL and there is no signing key: beyond SOURCE_REQUESTS_PER_MINUTE SignalWire gets 429',
      { SOURCE_REQUESTS_PER_MINUTE, projects: names.slice(0, NAMES_SHOWN), inAll: names.length },
    );
  }
}

/** The names of the projects without keys whose document is at one of `publicUrls`. */
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

/** Without query, in the one form in which `URL` writes it. */
function addressOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
