/** A file of nothing but faults is not to become a message many times its size. */
const MAX_FAULTS = 50;

/** The folder of templates cannot be read, or holds what is no template; the message names every file and fault. */
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

/** A text is no template; the faults continue a sentence that says which file. */
export class UnfitTemplateError extends Error {
  override readonly name = 'UnfitTemplateError';

  constructor(readonly faults: readonly string[]) {
    super(faults.join('; '));
  }
}

/** A template does not become a stop document with these values; the message shows none of them. */
export class UnfitDocumentError extends Error {
  override readonly name = 'UnfitDocumentError';

  /** @param missing the variable that has no value, where that is the reason */
  constructor(
    reason: string,
    readonly missing: string | null = null,
    options?: ErrorOptions,
  ) {
    super(reason, options);
  }
}
