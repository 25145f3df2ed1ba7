import { callbackFault, isCallbackUrl } from '../config/callback-url.js';
import type { CallbackRules } from '../config/callback-url.js';
import type { Fault } from '../platform/validation/faults.js';
import { readJsonFile } from './json-file.js';
import { ProjectDto, ProjectsFileDto } from './project.dto.js';
import type { Project } from './project.js';

/** For the fields that a project leaves out. */
export type ProjectDefaults = Pick<
  Project,
  'documentUrl' | 'requiredEvidence' | 'defaultThen' | 'maxRequestsPerSecond'
>;

const NO_CALLBACKS: CallbackRules = { ALLOW_PRIVATE_CALLBACKS: false };

/**
 * Reads the projects from the file at `path`.
 *
 * @param beside the environment's own project, whose name and id are taken
 * @param callbacks where callbacks may go; nowhere by default
 * @throws {InvalidFileError} names all faults at once
 */
export function readProjectsFile(
  path: string,
  defaults: ProjectDefaults,
  beside: Project | null,
  callbacks: CallbackRules = NO_CALLBACKS,
): Project[] {
  const file = {
    variable: 'SIGNALWIRE_PROJECTS_FILE',
    path,
    type: ProjectsFileDto,
    field: 'projects',
  } as const;
  const { projects } = readJsonFile(file, (content) => [
    ...repetitionsIn(content, beside),
    ...missingKeysIn(content, defaults),
    ...callbackFaultsIn(content, callbacks),
  ]);
  return projects.map((project) => projectOf(project, defaults));
}

/** A name or an id identifies one project, in requests and in callbacks. */
function repetitionsIn({ projects }: ProjectsFileDto, beside: Project | null): Fault[] {
  if (!Array.isArray(projects)) return [];
  return (['name', 'projectId'] as const).flatMap((key) => {
    const owners = new Map<unknown, string>(
      beside === null ? [] : [[beside[key], 'the project of SIGNALWIRE_PROJECT_ID']],
    );
    return projects.flatMap((project: unknown, index) => {
      const value = project instanceof ProjectDto ? project[key] : undefined;
      if (typeof value !== 'string') return [];
      const owner = owners.get(value);
      if (owner === undefined) owners.set(value, `projects[${index}]`);
      const message = `${key} must differ from that of ${owner}`;
      return owner === undefined ? [] : [{ field: `projects[${index}].${key}`, message }];
    });
  });
}

/** Only signed status callbacks are evidence, so without a key the required evidence would never come. */
function missingKeysIn({ projects }: ProjectsFileDto, defaults: ProjectDefaults): Fault[] {
  if (!Array.isArray(projects)) return [];
  return projects.flatMap((project: unknown, index) => {
    if (!(project instanceof ProjectDto) || project.signingKey !== undefined) return [];
    const { requiredEvidence = defaults.requiredEvidence } = project;
    if (requiredEvidence !== 'stream_stopped') return [];
    const setting = project.requiredEvidence === undefined ? 'REQUIRED_EVIDENCE' : 'requiredEvidence';
    const message = `signingKey is required, because ${setting} is stream_stopped and only signed status callbacks are evidence`;
    return [{ field: `projects[${index}].signingKey`, message }];
  });
}

function callbackFaultsIn({ projects }: ProjectsFileDto, rules: CallbackRules): Fault[] {
  if (!Array.isArray(projects)) return [];
  return projects.flatMap((project: unknown, index) => {
    // A URL in a wrong form is a fault of its own.
    if (!(project instanceof ProjectDto) || !isCallbackUrl(project.defaultCallbackUrl)) return [];
    const message = callbackFault(project.defaultCallbackUrl, 'defaultCallbackUrl', rules);
    return message === null ? [] : [{ field: `projects[${index}].defaultCallbackUrl`, message }];
  });
}

function projectOf(project: ProjectDto, defaults: ProjectDefaults): Project {
  const { signingKey, previousSigningKey, limits } = project;
  return {
    name: project.name,
    spaceUrl: project.spaceUrl,
    projectId: project.projectId,
    apiToken: project.apiToken,
    signingKeys: [signingKey, previousSigningKey].filter((key) => key !== undefined),
    documentUrl: project.documentUrl ?? defaults.documentUrl,
    requiredEvidence: project.requiredEvidence ?? defaults.requiredEvidence,
    defaultThen: project.defaultThen ?? defaults.defaultThen,
    ...(project.defaultCallbackUrl !== undefined && { defaultCallbackUrl: project.defaultCallbackUrl }),
    maxRequestsPerSecond: limits?.maxRequestsPerSecond ?? defaults.maxRequestsPerSecond,
  };
}
