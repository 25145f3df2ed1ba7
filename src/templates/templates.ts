import { Injectable, Logger } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { InvalidBodyError } from '../platform/http/invalid-body.error.js';
import type { Template } from './template.js';
import type { readTemplates } from './templates-folder.js';
import { InvalidTemplatesError, UnfitDocumentError } from './templates.errors.js';

/** How many names a message or a line of the log holds at most. */
const NAMES_SHOWN = 20;

/** The templates as they are now. A `Template` itself never changes: a reload brings others. */
@Injectable()
export class Templates {
  private readonly logger = new Logger(Templates.name);
  private byName: ReadonlyMap<string, Template>;

  /** @param read null where there are none */
  private constructor(private readonly read: (() => ReturnType<typeof readTemplates>) | null) {
    this.byName = read?.() ?? new Map();
  }

  /** @throws {InvalidTemplatesError} */
  static async of({ TEMPLATES_DIR: folder, ROLES: roles }: ServiceEnvironment): Promise<Templates> {
    // A worker puts no more than the name of a template into its links.
    if (folder === undefined || roles.every((role) => role === 'worker')) return new Templates(null);
    // Parsers of Mustache and of XML come with it, which a process without templates is spared.
    const { readTemplates } = await import('./templates-folder.js');
    return new Templates(() => readTemplates(folder));
  }

  get(name: string): Template | undefined {
    return this.byName.get(name);
  }

  /** Whether a call on which it runs can run out of verbs, and so end; false for an unknown one. */
  templateEndsCall(name: string): boolean {
    return this.get(name)?.endsCall ?? false;
  }

  /**
   * @param streamName null for a stream of no name, for which other rules say what is wrong
   * @returns the name of a template that can stop the stream
   * @throws {InvalidBodyError} there is no such template, it stops other streams, or it needs what its request lacks
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
        `template ${name} shows what SignalWire's request for it does not bring: ${template.unfilled.join(', ')}; ` +
        'put it into a section, or choose another one'
      );
    if (streamName === null) return null;
    try {
      if (template.streamsFor(streamName).includes(streamName)) return null;
    } catch (error) {
      if (!(error instanceof UnfitDocumentError)) throw error;
      return `template ${name} cannot have that streamName filled in: it ${error.message}`;
    }
    return `template ${name} stops no stream of that name; write {{STREAMNAME}} into it, or choose another one`;
  }

  /** Reads the folder again. One that is wrong changes nothing, and the log says what is wrong. Never throws. */
  reload(): void {
    if (this.read === null) return;
    try {
      this.byName = this.read();
    } catch (error) {
      const faults = error instanceof InvalidTemplatesError ? error.faults : [String(error)];
      this.logger.error('the templates stay as they were: TEMPLATES_DIR is wrong', { faults });
      return;
    }
    this.logger.log('templates read again', { templates: this.names() });
  }

  private names(): string {
    const names = [...this.byName.keys()];
    if (names.length === 0) return 'there is none; TEMPLATES_DIR is the folder for them';
    const more = names.length - NAMES_SHOWN;
    return names.slice(0, NAMES_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
  }
}
