import { callbackFault, isCallbackUrl } from '../config/callback-url.js';
import type { CallbackRules } from '../config/callback-url.js';
import type { Fault } from '../platform/validation/faults.js';
import { entriesOf, readJsonFile, repetition } from './json-file.js';
import { ProjectDto, ProjectsFileDto } from './project.dto.js';
import type { Project } from './project.js';

/** For the fields that a project leaves out. */
export type ProjectDefaults = Pick<
  Project,
  'documentUrl' | 'requiredEvidence' | 'defaultThen' | 'maxRequestsPerSecond'
>;

type Entries = ReturnType<typeof entriesOf<ProjectDto>>;

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
  const { projects } = readJsonFile(file, (content) => {
    const entries = entriesOf(content.projects, ProjectDto, 'projects');
    return [
      ...repetitionsIn(entries, beside),
      ...missingKeysIn(entries, defaults),
      ...callbackFaultsIn(entries, callbacks),
    ];
  });
  return projects.map((project) => projectOf(project, defaults));
}

/** A name or an id identifies one project, in requests and in callbacks. */
const repetitionsIn = (entries: Entries, beside: Project | null): Fault[] =>
  (['name', 'projectId'] as const).flatMap((key) => {
    const owners = new Map(beside === null ? [] : [[beside[key], 'the project of SIGNALWIRE_PROJECT_ID']]);
    return entries.flatMap(([project, place]) => repetition(owners, project[key], place, key));
  });

/** Only signed status callbacks are evidence, so without a key the required evidence would never come. */
const missingKeysIn = (entries: Entries, defaults: ProjectDefaults): Fault[] =>
  entries.flatMap(([project, place]) => {
    const { signingKey, requiredEvidence = defaults.requiredEvidence } = project;
    if (signingKey !== undefined || requiredEvidence !== 'stream_stopped') return [];
    const setting = project.requiredEvidence === undefined ? 'REQUIRED_EVIDENCE' : 'requiredEvidence';
    const message = `signingKey is required, because ${setting} is stream_stopped and only signed status callbacks are evidence`;
    return [{ field: `${place}.signingKey`, message }];
  });

const callbackFaultsIn = (entries: Entries, rules: CallbackRules): Fault[] =>
  entries.flatMap(([{ defaultCallbackUrl }, place]) => {
    // A URL in a wrong form is a fault of its own.
    if (!isCallbackUrl(defaultCallbackUrl)) return [];
    const message = callbackFault(defaultCallbackUrl, 'defaultCallbackUrl', rules);
    return message === null ? [] : [{ field: `${place}.defaultCallbackUrl`, message }];
  });

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
