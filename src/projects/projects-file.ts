import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { faultsOf, WHOLE_OBJECT } from '../platform/validation/faults.js';
import type { Fault } from '../platform/validation/faults.js';
import { faultInJson } from '../platform/validation/json-bounds.js';
import { ProjectDto, ProjectsFileDto } from './project.dto.js';
import type { Project } from './project.js';
import { InvalidProjectsFileError, UnreadableFileError } from './projects.errors.js';
import { readTextFile } from './text-file.js';

const MAX_FILE_BYTES = 1_000_000;

/** For the fields that a project leaves out. */
export type ProjectDefaults = Pick<
  Project,
  'documentUrl' | 'requiredEvidence' | 'defaultThen' | 'maxRequestsPerSecond'
>;

/**
 * Reads the projects from the file at `path`.
 *
 * @param beside the environment's own project, whose name and id are taken
 * @throws {InvalidProjectsFileError} names all faults at once
 */
export function readProjectsFile(path: string, defaults: ProjectDefaults, beside: Project | null): Project[] {
  const content = contentOf(path);
  const unfit = faultInJson(content);
  if (unfit !== null) throw new InvalidProjectsFileError(path, [unfit]);
  const file = plainToInstance(ProjectsFileDto, content);
  const errors = validateSync(file, {
    whitelist: true,
    forbidNonWhitelisted: true,
    stopAtFirstError: true,
  });
  const faults = [...faultsOf(errors), ...repetitionsIn(file, beside), ...missingKeysIn(file, defaults)];
  if (faults.length > 0) throw new InvalidProjectsFileError(path, faults);
  return file.projects.map((project) => projectOf(project, defaults));
}

function contentOf(path: string): object {
  const fault = (message: string): InvalidProjectsFileError =>
    new InvalidProjectsFileError(path, [{ field: WHOLE_OBJECT, message: `the file ${message}` }]);
  try {
    const content: unknown = JSON.parse(readTextFile(path, MAX_FILE_BYTES));
    if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content;
  } catch (error) {
    if (error instanceof UnreadableFileError) throw fault(error.message);
    // The parser's own message quotes the file, which contains credentials.
    throw fault('is not valid JSON');
  }
  throw fault('must be a JSON object with the field projects');
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
    maxRequestsPerSecond: limits?.maxRequestsPerSecond ?? defaults.maxRequestsPerSecond,
  };
}
