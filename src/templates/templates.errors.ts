/** Keeps the message short for a folder full of mistakes. */
const MAX_FAULTS = 50;

/** `TEMPLATES_DIR` cannot be read or contains invalid templates; the message names every file and fault. */
export class InvalidTemplatesError extends Error {
  override readonly name = 'InvalidTemplatesError';
  readonly faults: readonly string[];

  constructor(folder: string, faults: readonly string[]) {
    const lines = faults.slice(0, MAX_FAULTS);
    if (faults.length > MAX_FAULTS) lines.push(`and ${faults.length - MAX_FAULTS} more`);
    super(`Invalid TEMPLATES_DIR ${folder}:\n${lines.map((line) => `  - ${line}`).join('\n')}`);
    this.faults = lines;
  }
}

/** A text is not a valid template. Each fault continues a sentence that begins with the file's name. */
export class InvalidTemplateError extends Error {
  override readonly name = 'InvalidTemplateError';

  constructor(readonly faults: readonly string[]) {
    super(faults.join('; '));
  }
}

/** A template does not become a stop document with these values. The message quotes no value. */
export class TemplateRenderError extends Error {
  override readonly name = 'TemplateRenderError';
}
