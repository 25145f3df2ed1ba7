import { Injectable, Logger } from '@nestjs/common';
import { InvalidEnvironmentError } from '../config/environment.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { checkSpaces } from '../config/spaces.js';
import { InvalidBodyError } from '../platform/http/body/invalid-body.error.js';
import { reloadAudit } from '../platform/logging/audit.js';
import type { Project } from './project.js';
import { readProjectsFile } from './projects-file.js';
import type { ProjectDefaults } from './projects-file.js';
import { faultsToLog } from './projects.errors.js';

/** The name of the project that the environment's variables describe. */
export const DEFAULT_PROJECT = 'default';

/** How many names a message or a log line holds. */
const NAMES_SHOWN = 20;

/** The current projects. A `Project` never changes; a reload replaces it. */
@Injectable()
export class Projects {
  private readonly logger = new Logger(Projects.name);
  private readonly listeners: (() => void)[] = [];
  private byName: ReadonlyMap<string, Project>;
  private byId: ReadonlyMap<string, Project>;

  /** @throws {InvalidFileError} {InvalidEnvironmentError} */
  constructor(private readonly environment: ServiceEnvironment) {
    this.take(projectsOf(environment));
  }

  get(name: string): Project | undefined {
    return this.byName.get(name);
  }

  /** @param projectId called `AccountSid` in SignalWire's requests */
  byProjectId(projectId: string): Project | undefined {
    return this.byId.get(projectId);
  }

  all(): readonly Project[] {
    return [...this.byName.values()];
  }

  /**
   * The project of a request.
   *
   * @param name undefined means `default`, or the only project
   * @param among the names that the caller may know: it is as if there were no others; null for all
   * @throws {InvalidBodyError} there is no such project, or the name is needed
   */
  requested(name: string | undefined, among: ReadonlySet<string> | null = null): Project {
    const isKnown = (project: Project): boolean => among?.has(project.name) ?? true;
    const project = this.get(name ?? DEFAULT_PROJECT);
    if (project !== undefined && isKnown(project)) return project;
    const projects = this.all().filter(isKnown);
    const [only, ...others] = projects;
    if (name === undefined && only !== undefined && others.length === 0) return only;
    const rule = `project must be the name of a configured project: ${namesOf(projects)}`;
    throw new InvalidBodyError([{ field: 'project', message: rule }]);
  }

  /** Calls `listener` after each reload. */
  onReload(listener: () => void): void {
    this.listeners.push(listener);
  }

  /**
   * Reads the projects file again, by the rules of the start. An invalid file changes nothing and is logged. Never
   * throws.
   */
  reload(): void {
    if (this.environment.SIGNALWIRE_PROJECTS_FILE === undefined) {
      this.logger.log('no projects reloaded: SIGNALWIRE_PROJECTS_FILE is not set');
      return;
    }
    try {
      this.take(projectsOf(this.environment));
    } catch (error) {
      this.logger.error('projects not reloaded: SIGNALWIRE_PROJECTS_FILE is invalid', {
        ...reloadAudit('invalid'),
        faults: faultsToLog(error),
      });
      return;
    }
    this.logger.log('projects reloaded', { ...reloadAudit('done'), projects: namesOf(this.all()) });
    for (const listener of this.listeners) listener();
  }

  private take(projects: readonly Project[]): void {
    this.byName = new Map(projects.map((project) => [project.name, project]));
    this.byId = new Map(projects.map((project) => [project.projectId, project]));
  }
}

function namesOf(projects: readonly Project[]): string {
  const names = projects.slice(0, NAMES_SHOWN).map(({ name }) => name);
  const more = projects.length - names.length;
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** @throws {InvalidFileError} {InvalidEnvironmentError} */
function projectsOf(environment: ServiceEnvironment): readonly Project[] {
  const { SIGNALWIRE_PROJECTS_FILE: path } = environment;
  const own = ownProject(environment);
  const filed = path === undefined ? [] : readProjectsFile(path, defaultsOf(environment), own, environment);
  const projects = own === null ? filed : [own, ...filed];
  checkSpaces(
    environment,
    projects.map(({ spaceUrl }) => spaceUrl),
  );
  return projects;
}

/**
 * The project of the environment's variables; null if they are not set.
 *
 * @throws {InvalidEnvironmentError} the required evidence would never come
 */
function ownProject(environment: ServiceEnvironment): Project | null {
  const { SIGNALWIRE_SPACE_URL, SIGNALWIRE_PROJECT_ID, SIGNALWIRE_API_TOKEN } = environment;
  if (!SIGNALWIRE_SPACE_URL || !SIGNALWIRE_PROJECT_ID || !SIGNALWIRE_API_TOKEN) return null;
  if (environment.REQUIRED_EVIDENCE === 'stream_stopped' && !environment.SIGNALWIRE_SIGNING_KEY)
    throw new InvalidEnvironmentError([
      'SIGNALWIRE_SIGNING_KEY is required, because REQUIRED_EVIDENCE is stream_stopped and only signed status callbacks are evidence',
    ]);
  return {
    name: DEFAULT_PROJECT,
    spaceUrl: SIGNALWIRE_SPACE_URL,
    projectId: SIGNALWIRE_PROJECT_ID,
    apiToken: SIGNALWIRE_API_TOKEN,
    signingKeys: [environment.SIGNALWIRE_SIGNING_KEY, environment.SIGNALWIRE_PREVIOUS_SIGNING_KEY].filter(
      (key) => key !== undefined,
    ),
    ...defaultsOf(environment),
  };
}

const defaultsOf = (environment: ServiceEnvironment): ProjectDefaults => ({
  documentUrl: environment.DOCUMENT_URL ?? null,
  requiredEvidence: environment.REQUIRED_EVIDENCE,
  defaultThen: environment.DEFAULT_THEN,
  maxRequestsPerSecond: environment.MAX_REQUESTS_PER_SECOND,
});
