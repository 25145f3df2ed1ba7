import { Injectable } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import type { Project } from './project.js';

/** The name of the project that the environment's variables describe. */
export const DEFAULT_PROJECT = 'default';

/** The projects as configured now. */
@Injectable()
export class Projects {
  private readonly byName: ReadonlyMap<string, Project>;

  constructor(environment: ServiceEnvironment) {
    this.byName = new Map([[DEFAULT_PROJECT, projectOf(environment)]]);
  }

  get(name: string): Project | undefined {
    return this.byName.get(name);
  }

  all(): readonly Project[] {
    return [...this.byName.values()];
  }
}

function projectOf(environment: ServiceEnvironment): Project {
  return {
    name: DEFAULT_PROJECT,
    spaceUrl: environment.SIGNALWIRE_SPACE_URL,
    projectId: environment.SIGNALWIRE_PROJECT_ID,
    apiToken: environment.SIGNALWIRE_API_TOKEN,
    signingKeys: environment.SIGNALWIRE_SIGNING_KEY === undefined ? [] : [environment.SIGNALWIRE_SIGNING_KEY],
    documentUrl: environment.DOCUMENT_URL ?? null,
    requiredEvidence: environment.REQUIRED_EVIDENCE,
    defaultThen: environment.DEFAULT_THEN,
    maxRequestsPerSecond: 1000,
  };
}
