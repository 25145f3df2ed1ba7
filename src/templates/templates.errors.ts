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
