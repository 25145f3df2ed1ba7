import { Injectable, Logger } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { InvalidBodyError } from '../platform/http/body/invalid-body.error.js';
import { reloadAudit } from '../platform/logging/audit.js';
import { faultsToLog } from '../projects/projects.errors.js';
import type { Template } from './template.js';
import { readTemplates } from './templates-folder.js';
import { TemplateRenderError } from './templates.errors.js';

/** How many names a message or a log line holds. */
const NAMES_SHOWN = 20;

type TemplatesByName = ReadonlyMap<string, Template>;

/** The current templates. A `Template` never changes; a reload replaces it. */
@Injectable()
export class Templates {
  private readonly logger = new Logger(Templates.name);
  private reloading: Promise<void> = Promise.resolve();

  /** @param folder null if there are no templates here */
  private constructor(
    private readonly folder: string | null,
    private byName: TemplatesByName,
  ) {}

  /** @throws {InvalidFileError} */
  static async of({ TEMPLATES_DIR: folder, ROLES: roles }: ServiceEnvironment): Promise<Templates> {
    // A worker only writes the name of a template into its links.
    if (folder === undefined || roles.every((role) => role === 'worker'))
      return new Templates(null, new Map());
    return new Templates(folder, await readTemplates(folder));
  }

  get(name: string): Template | undefined {
    return this.byName.get(name);
  }

  /** Whether the template lets a call run out of verbs, so that it ends; false for an unknown template. */
  templateEndsCall(name: string): boolean {
    return this.get(name)?.endsCall ?? false;
  }

  /**
   * @param streamName null for a stream without a name, which other rules refuse
   * @returns the name of a template that can stop the stream
   * @throws {InvalidBodyError} there is no such template, it stops other streams, or it needs a variable that it will
   * not get
   */
  requested(name: string, streamName: string | null): string {
    const message = this.faultOf(name, streamName);
    if (message === null) return name;
    throw new InvalidBodyError([{ field: 'template', message }]);
  }

  private faultOf(name: string, streamName: string | null): string | null {
    const template = this.get(name);
    if (template === undefined) return `template must be the name of a template: ${this.names()}`;
    if (template.unfilled.length > 0)
      return (
        `template ${name} needs what SignalWire's request for it does not bring: ${template.unfilled.join(', ')}; ` +
        'put it into a section, or choose another template'
      );
    if (streamName === null) return null;
    try {
      if (template.streamsFor(streamName).includes(streamName)) return null;
    } catch (error) {
      if (!(error instanceof TemplateRenderError)) throw error;
      return `template ${name} is not a stop document with that streamName: it ${error.message}`;
    }
    return `template ${name} does not stop a stream of that name; write {{STREAMNAME}} into it, or choose another template`;
  }

  /**
   * Reads the folder again, after any earlier reload. Invalid templates change nothing and are logged. Never rejects.
   */
  reload(): Promise<void> {
    const { folder } = this;
    if (folder !== null) this.reloading = this.reloading.then(() => this.read(folder));
    return this.reloading;
  }

  private async read(folder: string): Promise<void> {
    try {
      this.byName = await readTemplates(folder);
      this.logger.log('templates reloaded', { ...reloadAudit('done'), templates: this.names() });
    } catch (error) {
      this.logger.error('templates not reloaded: TEMPLATES_DIR is invalid', {
        ...reloadAudit('invalid'),
        faults: faultsToLog(error),
      });
    }
  }

  private names(): string {
    const names = [...this.byName.keys()];
    if (names.length === 0) return 'there is none; TEMPLATES_DIR is the folder for them';
    const more = names.length - NAMES_SHOWN;
    return names.slice(0, NAMES_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
  }
}
